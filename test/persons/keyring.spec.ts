import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Keyring, type KeyringFile } from '../../src/modules/persons/keyring.js';
import { generateKeyring, loadKeyring } from '../../src/modules/persons/keyring-file.js';

const JANA = { country: 'CZ', scheme: 'rc', value: '715319/2706' };
const PETR = { country: 'CZ', scheme: 'rc', value: '710319/2745' };
const key = (n: number) => Buffer.alloc(32, n).toString('base64url');
const FILE: KeyringFile = { epochs: [{ id: 'e1', key: key(1) }], keys: { pseudonyms: key(2), ids: key(3), hashes: key(4) } };
const keyring = new Keyring(FILE);
const [petr = ''] = keyring.personKeys(PETR);

describe('A person key', () => {
  it('is the same in every process that holds the keys, and for every way to write the identifier (R10)', () => {
    expect(new Keyring(structuredClone(FILE)).personKeys({ ...PETR, scheme: 'national-id', value: '７１０３１９ 2745' })).toEqual([petr]);
  });

  it('is frozen: a log written with these keys is found again', () => {
    expect(petr).toBe('e1.8HVGYihpJcrUiC3jV2_FGA');
  });

  it('is another for another person, and under other keys', () => {
    expect(keyring.personKeys(JANA)).not.toEqual([petr]);
    expect(new Keyring(generateKeyring()).personKeys(PETR)).not.toEqual([petr]);
  });

  it('exists in each live epoch, newest first, and an epoch taken out of the file is gone', () => {
    const rotated = new Keyring({ ...FILE, epochs: [{ id: 'e2', key: key(9) }, ...FILE.epochs] });
    const keys = rotated.personKeys(PETR);
    expect(keys.map((text) => text.split('.')[0])).toEqual(['e2', 'e1']);
    expect(keys[1]).toBe(petr);
    const retired = new Keyring({ ...FILE, epochs: [{ id: 'e2', key: key(9) }] });
    expect(retired.personKeys(PETR)).toEqual([keys[0]]);
    expect(() => retired.corroboration(petr, 'novak', '1971-03-19')).toThrow('epoch');
  });

  it('follows from the key, not from the name of its epoch alone', () => {
    const renamed = new Keyring({ ...FILE, epochs: [{ id: 'e1', key: key(9) }] });
    expect(renamed.personKeys(PETR)).not.toEqual([petr]);
  });
});

describe('A corroboration', () => {
  const corroboration = keyring.corroboration(petr, 'novak', '1971-03-19');

  it('is 9 bytes and the same every time', () => {
    expect(corroboration).toMatch(/^[\w-]{12}$/);
    expect(keyring.corroboration(petr, 'novak', '1971-03-19')).toBe(corroboration);
  });

  it('differs when the name, the date, or the person does', () => {
    const [jana = ''] = keyring.personKeys(JANA);
    const others = [
      keyring.corroboration(petr, 'novakova', '1971-03-19'),
      keyring.corroboration(petr, 'novak', '1971-03-20'),
      keyring.corroboration(jana, 'novak', '1971-03-19'),
    ];
    expect(new Set([corroboration, ...others]).size).toBe(4);
  });

  it('is marked when a secret or a contact has to match besides, and then another one for each', () => {
    const besides = [
      ['secret', '1'],
      ['secret', '2'],
      ['contact', '1'],
    ].map((each) => keyring.corroboration(petr, 'novak', '1971-03-19', each));
    for (const each of besides) expect(each).toMatch(/^\+[\w-]{12}$/);
    expect(new Set([corroboration, ...besides.map((each) => each.slice(1))]).size).toBe(4);
  });

  it('cannot be reached by moving letters from one part to the next', () => {
    expect(keyring.corroboration(petr, 'novak1', '971-03-19')).not.toBe(keyring.corroboration(petr, 'novak', '1971-03-19'));
  });
});

describe('A customer key', () => {
  it('is 16 bytes, written as they always are', () => {
    for (let n = 0; n < 300; n++) {
      const customerKey = keyring.customerKey(`C-${n}`);
      const bytes = Buffer.from(customerKey, 'base64url');
      expect(bytes).toHaveLength(16);
      expect(bytes.toString('base64url')).toBe(customerKey);
    }
  });

  it('is one for a number, whatever the spaces and the case', () => {
    expect(keyring.customerKey(' c-00 1\u200B')).toBe(keyring.customerKey('C-001'));
    expect(keyring.customerKey('C-001')).not.toBe(keyring.customerKey('C-002'));
    expect(Buffer.from(keyring.customerKey('C-001'), 'base64url')).toHaveLength(16);
  });

  it('outlives the epochs', () => {
    const rotated = new Keyring({ ...FILE, epochs: [{ id: 'e2', key: key(9) }] });
    expect(rotated.customerKey('C-001')).toBe(keyring.customerKey('C-001'));
  });
});

describe('A keyed hash', () => {
  it('differs by purpose and by keyring', () => {
    const hash = keyring.keyedHash('payload', 'text');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(keyring.keyedHash('payload', 'text')).toBe(hash);
    expect(keyring.keyedHash('idempotency-key', 'text')).not.toBe(hash);
    expect(new Keyring(generateKeyring()).keyedHash('payload', 'text')).not.toBe(hash);
  });
});

describe('A lead id', () => {
  const stream = keyring.leadStream('acme', petr);

  it('leads back to its stream and number', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^lead-[0-9a-f]{24}$/), fc.integer({ min: 0, max: 0xffffffff }), (name, number) => {
        expect(keyring.readLeadId(keyring.leadId(name, number))).toEqual({ stream: name, number });
      }),
    );
  });

  it('has the form of a UUID and is computed alike by racers', () => {
    expect(keyring.leadId(stream, 1)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Keyring(FILE).leadId(stream, 1)).toBe(keyring.leadId(stream, 1));
  });

  it('that somebody made up names a stream that nobody wrote', () => {
    const forged = keyring.readLeadId('00000000-0000-4000-8000-000000000000');
    expect(forged?.stream).toMatch(/^lead-[0-9a-f]{24}$/);
    expect(forged?.stream).not.toBe(stream);
    const flipped = keyring.leadId(stream, 1).replace(/^./, (c) => (c === '0' ? '1' : '0'));
    expect(keyring.readLeadId(flipped)?.stream).not.toBe(stream);
  });

  it.each([
    '',
    'x',
    '00000000000040008000000000000000',
    '00000000-0000-4000-8000-00000000000',
    '00000000-0000-4000-8000-00000000000g',
    '00000000-0000-4000-8000-000000000000\n',
  ])('in another form is none: %j', (text) => expect(keyring.readLeadId(text)).toBeUndefined());

  it('in upper case is none, so that a lead has one id', () => {
    expect(keyring.readLeadId('ABCDEF00-0000-4000-8000-000000000000')).toBeUndefined();
  });

  it('shows nothing in common for two leads on one person, of one owner or of two', () => {
    const other = keyring.leadStream('zenith', petr);
    expect(other).not.toBe(stream);
    const ids = [keyring.leadId(stream, 1), keyring.leadId(stream, 2), keyring.leadId(other, 1)].map((id) => id.replaceAll('-', ''));
    for (const [i, one] of ids.entries())
      for (const two of ids.slice(i + 1)) {
        const same = [...one].filter((char, at) => char === two[at]).length;
        expect(same).toBeLessThan(12);
      }
  });

  it('is no customer id, and a customer id leads back to it', () => {
    const leadId = keyring.leadId(stream, 1);
    const customerId = keyring.customerId(leadId);
    expect(customerId).not.toBe(leadId);
    expect(keyring.readCustomerId(customerId)).toBe(leadId);
    expect(keyring.readLeadId(customerId)?.stream).not.toBe(stream);
    expect(keyring.readCustomerId('not-an-id')).toBeUndefined();
  });
});

describe('The keyring file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyring-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function written(content: string, mode = 0o600): string {
    const path = join(folder, `${Math.random()}.json`);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  it('is loaded when only its owner can read it', () => {
    expect(loadKeyring(written(JSON.stringify(FILE))).personKeys(PETR)).toEqual([petr]);
  });

  it.each([0o640, 0o604, 0o666])('is refused with mode %o', (mode) => {
    expect(() => loadKeyring(written(JSON.stringify(FILE), mode))).toThrow('mode 0600');
  });

  it.each([
    ['no such file', () => join(folder, 'missing.json'), 'ENOENT'],
    ['no JSON', () => written('{'), 'not JSON'],
    ['no epochs', () => written(JSON.stringify({ ...FILE, epochs: [] })), 'no epochs'],
    ['two epochs of one id', () => written(JSON.stringify({ ...FILE, epochs: [FILE.epochs[0], FILE.epochs[0]] })), 'same id'],
    ['a short key', () => written(JSON.stringify({ ...FILE, epochs: [{ id: 'e1', key: 'abc' }] })), '32 bytes'],
    ['a dot in an epoch', () => written(JSON.stringify({ ...FILE, epochs: [{ id: 'e.1', key: key(1) }] })), 'id of 1 to 16'],
    ['a key missing', () => written(JSON.stringify({ ...FILE, keys: { ids: key(1), hashes: key(2) } })), 'pseudonyms'],
  ])('is refused in clear words and without its keys: %s', (_, path, words) => {
    expect(() => loadKeyring(path())).toThrow(words);
    try {
      loadKeyring(path());
    } catch (error) {
      expect(String(error)).not.toContain(key(1));
    }
  });

  it('made anew is a valid one, of new keys', () => {
    const one = generateKeyring();
    expect(loadKeyring(written(JSON.stringify(one))).personKeys(PETR)).toHaveLength(1);
    expect(generateKeyring()).not.toEqual(one);
  });
});
