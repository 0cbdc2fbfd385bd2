/** Under whose key the vault keeps what the bank's register says of a customer. */
export function customerSubject(customerKey: string): string {
  return `customer:${customerKey}`;
}

/**
 * Under whose key the vault keeps what stands sealed in a stream. A lead's stream is one owner's leads on one person, so what an
 * owner's partners said of a person has a key of that owner's: the first one is made, which takes time, and nobody is to see by
 * that whether another owner has dealt with the person before (I5). To erase a person is to destroy the keys of all their
 * streams, whose names follow from the owners and the person.
 */
export function streamSubject(stream: string): string {
  return `stream:${stream}`;
}
