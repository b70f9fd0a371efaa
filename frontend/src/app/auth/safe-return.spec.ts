import { safeReturn } from './safe-return';

describe('safeReturn', () => {
  it('leads back to a path of this page', () => {
    expect(safeReturn('/dashboard?x=1')).toBe('/dashboard?x=1');
  });

  it.each([undefined, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'leads home instead of %s',
    (wanted) => {
      expect(safeReturn(wanted)).toBe('/home');
    },
  );
});
