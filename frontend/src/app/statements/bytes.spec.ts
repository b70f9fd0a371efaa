import { bytesOf } from './bytes';

describe('bytesOf', () => {
  it('keeps every byte, also those that are no text', () => {
    expect([...bytesOf(btoa('\u0000\u00ff%PDF'))]).toEqual([0, 255, 37, 80, 68, 70]);
    expect(bytesOf('').length).toBe(0);
  });
});
