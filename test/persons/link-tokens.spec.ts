import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { Keyring } from '../../src/modules/persons/keyring.js';

const keys = generateKeyring();
const keyring = new Keyring(keys);
const stream = `lead-${'0'.repeat(24)}`;
const leadId = keyring.leadId(stream, 1);
const token = keyring.linkToken('denial', leadId, 1);

describe('a link token', () => {
  it('leads back to what it was made for, on every replica and after every restart', () => {
    expect(new Keyring(keys).readLinkToken('denial', token)).toEqual({ leadId, n: 1 });
    expect(new Keyring(keys).linkToken('denial', leadId, 1)).toBe(token);
  });

  it('can stand in a URL as it is, and is of one length', () => {
    for (let n = 0; n < 50; n++) expect(keyring.linkToken('consent', keyring.leadId(stream, n), n)).toMatch(/^[A-Za-z0-9_-]{48}$/);
  });

  it('shows neither the lead nor which tokens belong together', () => {
    const other = keyring.linkToken('denial', leadId, 2);
    const hex = Buffer.from(token, 'base64url').toString('hex');
    expect(hex).not.toContain(leadId.replaceAll('-', ''));
    expect(sharedWith(token, other)).toBeLessThan(8);
    expect(sharedWith(token, keyring.linkToken('consent', leadId, 1))).toBeLessThan(8);
  });

  it('is none for another purpose, and none under other keys', () => {
    expect(keyring.readLinkToken('consent', token)).toBeUndefined();
    expect(new Keyring(generateKeyring()).readLinkToken('denial', token)).toBeUndefined();
  });

  it('is none when any bit of it is another', () => {
    for (let bit = 0; bit < 36 * 8; bit++) {
      const bytes = Buffer.from(token, 'base64url');
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(keyring.readLinkToken('denial', bytes.toString('base64url'))).toBeUndefined();
    }
  });

  it.each(['', 'x', `${token}A`, token.slice(1), `${token.slice(0, 47)}=`, ` ${token}`, `${token}\n`, leadId, '%00'])(
    'is none when it is %j',
    (made) => expect(keyring.readLinkToken('denial', made)).toBeUndefined(),
  );

  it('is made for a lead and a whole number only', () => {
    expect(() => keyring.linkToken('denial', 'lead-1', 1)).toThrow('not a lead id');
    for (const n of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => keyring.linkToken('denial', leadId, n)).toThrow(RangeError);
  });
});

/** Characters that two tokens have at the same place: of 48, by chance, less than one. */
function sharedWith(one: string, other: string): number {
  return [...one].filter((character, place) => character === other[place]).length;
}
