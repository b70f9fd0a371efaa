import { Ticket } from './ticket';

describe('Ticket', () => {
  it('keeps its key while the same order is sent again', () => {
    const ticket = new Ticket();
    expect(ticket.keyFor({ kwh: 1 })).toBe(ticket.keyFor({ kwh: 1 }));
  });

  it('takes another key for another order, and after one went through', () => {
    const ticket = new Ticket();
    const first = ticket.keyFor({ kwh: 1 });
    const second = ticket.keyFor({ kwh: 2 });
    expect(second).not.toBe(first);
    ticket.used();
    expect(ticket.keyFor({ kwh: 2 })).not.toBe(second);
  });
});
