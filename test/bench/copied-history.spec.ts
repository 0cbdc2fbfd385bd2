import { CopiedHistory, type HistoryRow } from '../../bench/gate/copied-history.js';

const LEAD = '0d4a52a1-6b1c-7c55-8a6c-1b2c3d4e5f60';
const PERSON = '1.AbC3efGhijKlmnOpqrStuv';
const row = (stream: string, id: string, data: object): HistoryRow => ({
  stream,
  revision: 0,
  id,
  type: 'LeadAdmitted',
  schema_version: 1,
  recorded_at: '2026-01-01T00:00:00.000Z',
  cause: JSON.stringify({ actor: 'bench-partner-7' }),
  data: JSON.stringify(data),
});

const ROWS = [
  row('owner-bench-owner-3', '11111111-2222-7333-8444-555555555555', { leadId: LEAD, personKeys: [PERSON], agent: 'agent-1' }),
  row('lead-0123456789abcdef01234567', '22222222-2222-7333-8444-555555555555', { leadId: LEAD, owner: 'bench-owner-3' }),
];

describe('A copied history', () => {
  const [first, second] = new CopiedHistory(ROWS).copy() as [HistoryRow, HistoryRow];
  const data = JSON.parse(first.data) as { leadId: string; personKeys: string[]; agent: string };

  it('has another name for everything that has a name, of the same form', () => {
    expect(data.leadId).not.toBe(LEAD);
    expect(data.leadId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(data.personKeys[0]).not.toBe(PERSON);
    expect(data.personKeys[0]).toMatch(/^1\.[A-Za-z0-9_-]{22}$/);
    expect(second.stream).toMatch(/^lead-(?!0123456789abcdef01234567)[0-9a-f]{24}$/);
  });

  it('has the same other name wherever it stands', () => {
    const of = JSON.parse(second.data) as { leadId: string; owner: string };
    expect(of.leadId).toBe(data.leadId);
    expect(first.stream).toBe(`owner-${of.owner}`);
  });

  it('leaves alone what is no name', () => {
    expect([first.type, first.recorded_at, data.agent]).toEqual(['LeadAdmitted', '2026-01-01T00:00:00.000Z', 'agent-1']);
  });

  it('is another one each time', () => {
    expect(new CopiedHistory(ROWS).copy()[0]?.id).not.toBe(first.id);
  });
});
