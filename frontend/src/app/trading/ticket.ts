/**
 * One idempotency key per ticket: sending the same order again, after a lost connection say, cannot enter it twice;
 * another order gets another key.
 */
export class Ticket {
  private content = '';
  private key = '';

  keyFor(body: unknown): string {
    const content = JSON.stringify(body);
    if (content !== this.content || !this.key) {
      this.content = content;
      this.key = crypto.randomUUID();
    }
    return this.key;
  }

  used(): void {
    this.key = '';
  }
}
