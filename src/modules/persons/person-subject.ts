/** Under whose key the vault keeps what a partner said of a person. */
export function personSubject(personKey: string): string {
  return `person:${personKey}`;
}

/** Under whose key the vault keeps what the bank's register says of a customer. */
export function customerSubject(customerKey: string): string {
  return `customer:${customerKey}`;
}

/** Under whose key the vault keeps what the bank adds to a reason in a stream of no person: an owner's, a client's, the gate's. */
export function streamSubject(stream: string): string {
  return `stream:${stream}`;
}
