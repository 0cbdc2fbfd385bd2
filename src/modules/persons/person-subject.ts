/** Under whose key the vault keeps what a partner said of a person. */
export function personSubject(personKey: string): string {
  return `person:${personKey}`;
}
