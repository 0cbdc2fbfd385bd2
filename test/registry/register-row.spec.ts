import { BadRow, parseRow } from '../../src/modules/registry/register-row.js';

const ROW = {
  customerNumber: 'C-1',
  identifiers: [{ country: 'CZ', scheme: 'rc', value: '710319/2745' }],
  familyNames: ['Nováková', 'Dvořáková'],
  birthDate: '1971-03-19',
  contact: { email: 'jana@example.org', phone: '+420 601 000 000' },
  givenNames: 'Jana',
};
const parsed = (line: unknown) => parseRow(Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)), '2026-01-31');

function reasonAgainst(line: unknown): string {
  try {
    parsed(line);
  } catch (error) {
    expect(error).toBeInstanceOf(BadRow);
    return (error as BadRow).reason;
  }
  return 'none';
}

describe('A line of the register', () => {
  it('is a customer with all identifiers and names', () => {
    expect(parsed(ROW)).toEqual({ ...ROW, comparedNames: ['novakova', 'dvorakova'], secrets: [] });
  });

  it('carries secrets that the bank has issued', () => {
    const secrets = [
      { kind: 'customer-number', value: '40 0012 3456' },
      { kind: 'account-last-six', value: '204060' },
    ];
    expect(parsed({ ...ROW, secrets })).toMatchObject({ secrets });
  });

  it('is a removal', () => {
    expect(parsed({ customerNumber: 'C-1', removed: true })).toEqual({ customerNumber: 'C-1', removed: true });
  });

  it('names each compared name once', () => {
    expect(parsed({ ...ROW, familyNames: ['Müller', 'Mueller'] })).toMatchObject({ comparedNames: ['muller'] });
  });

  it.each([
    ['not-json', '{"customerNumber":'],
    ['not-an-object', '[]'],
    ['not-an-object', 'null'],
    ['unknown-member', { ...ROW, colour: 'red' }],
    ['unknown-member', { customerNumber: 'C-1', removed: true, familyNames: ['x'] }],
    ['unknown-member', { ...ROW, identifiers: [{ ...ROW.identifiers[0], note: '' }] }],
    ['unknown-member', '{"customerNumber":"C-1","removed":true,"__proto__":{}}'],
    ['duplicate-member', '{"customerNumber":"C-1","customerNumber":"C-2","removed":true}'],
    ['duplicate-member', JSON.stringify(ROW).replace('"country":"CZ"', '"country":"SK","country":"CZ"')],
    ['duplicate-member', '{"customerNumber"\t:"C-1", "customerNumber" \n:"C-2","removed":true}'],
    ['duplicate-member', '{"customerNumber":"C\\\\","customerNumber":"C\\"","removed":true}'],
    ['duplicate-member', '{"customerNumber":"C-1","customerNum\\u0062er":"C-2","removed":true}'],
    ['customer-number-invalid', { ...ROW, customerNumber: '' }],
    ['customer-number-invalid', { ...ROW, customerNumber: 17 }],
    ['customer-number-invalid', { ...ROW, customerNumber: 'C\u0000' }],
    ['customer-number-invalid', { ...ROW, customerNumber: 'C'.repeat(65) }],
    ['removed-invalid', { customerNumber: 'C-1', removed: false }],
    ['identifiers-invalid', { ...ROW, identifiers: [] }],
    ['identifiers-invalid', { ...ROW, identifiers: [{ country: 'CZ', scheme: 'rc' }] }],
    ['identifiers-invalid', { ...ROW, identifiers: Array(17).fill(ROW.identifiers[0]) }],
    ['family-names-invalid', { ...ROW, familyNames: [] }],
    ['family-names-invalid', { ...ROW, familyNames: ['-'] }],
    [
      'family-names-invalid',
      '{"customerNumber":"C-1","identifiers":[{"country":"CZ","scheme":"rc","value":"1"}],"familyNames":["\\ud800"],"birthDate":"1971-03-19"}',
    ],
    ['birth-date-invalid', { ...ROW, birthDate: '1971-02-30' }],
    ['birth-date-invalid', { ...ROW, birthDate: '2026-02-01' }],
    ['birth-date-invalid', { ...ROW, birthDate: undefined }],
    ['contact-invalid', { ...ROW, contact: {} }],
    ['contact-invalid', { ...ROW, contact: { email: 'nobody' } }],
    ['contact-invalid', { ...ROW, contact: { phone: 'call me' } }],
    ['secrets-invalid', { ...ROW, secrets: [{ kind: 'pet', value: 'Rex' }] }],
    ['secrets-invalid', { ...ROW, secrets: [{ kind: 'account-last-six', value: '20406' }] }],
    ['secrets-invalid', { ...ROW, secrets: [{ kind: 'customer-number', value: '100001' }] }],
    ['secrets-invalid', { ...ROW, secrets: [{ kind: 'customer-number' }] }],
    ['secrets-invalid', { ...ROW, secrets: Array(9).fill({ kind: 'account-last-six', value: '204060' }) }],
    ['unknown-member', { ...ROW, secrets: [{ kind: 'account-last-six', value: '204060', note: '' }] }],
    [
      'duplicate-member',
      JSON.stringify({ ...ROW, secrets: [{ kind: 'account-last-six', value: '1' }] }).replace(
        '"value":"1"',
        '"value":"1","value":"204060"',
      ),
    ],
    ['given-names-invalid', { ...ROW, givenNames: ['Jana'] }],
  ])('is bad, for the reason "%s": %j', (reason, line) => {
    expect(reasonAgainst(line)).toBe(reason);
  });

  it('is bad when it is not UTF-8', () => {
    expect(() => parseRow(Buffer.from([0x7b, 0xff, 0x7d]), '2026-01-31')).toThrow('not-utf-8');
    const row = Buffer.from(JSON.stringify({ ...ROW, givenNames: 'Jan\u{1F600}' }));
    for (let cut = row.indexOf(0xf0) + 1; row[cut] !== 0x22; cut++) {
      const broken = Buffer.concat([row.subarray(0, cut), row.subarray(cut + 1)]);
      expect(() => parseRow(broken, '2026-01-31')).toThrow('not-utf-8');
    }
    expect(reasonAgainst({ ...ROW, givenNames: 'Jan\uFFFD' })).toBe('none');
  });

  it('may have spaces wherever JSON has them', () => {
    expect(reasonAgainst(JSON.stringify(ROW, undefined, '\t').replaceAll('":', '" \r\n:'))).toBe('none');
  });

  it('may hold quotes, braces and colons in its texts', () => {
    for (const givenNames of ['"Ja": {"na":', '\\":"', '\\\\"', 'Jana\\', '":', ':"'])
      expect(reasonAgainst({ ...ROW, givenNames })).toBe('none');
  });
});
