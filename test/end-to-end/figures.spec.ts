import { runningBank, type RunningBank } from './running-bank.js';

const FIGURES = { leadsPerDay: 40, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };

describe('terms that follow from agreed figures, over REST', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  it('hold the pool’s acknowledged share as it was then; nobody is asked about them yet', async () => {
    const figures = { ...FIGURES, acknowledgedBaseline: { share: 0.12, sigma: 0.01 } };
    await bank.analyst.post('/v1/owners', { ownerId: 'compared', name: 'Compared', figures });
    await bank.settled();
    const { body } = await bank.analyst.get('/v1/owners/compared');
    expect(body).toMatchObject({ terms: { perConversion: 2.375, figures }, review: null });
  });

  it('are refused with a share that is none', async () => {
    for (const acknowledgedBaseline of [{ share: 1.2, sigma: 0.01 }, { share: 0.12 }, { share: 0.12, sigma: -1 }]) {
      const owner = { ownerId: 'refused', name: 'Refused', figures: { ...FIGURES, acknowledgedBaseline } };
      await expect(bank.analyst.post('/v1/owners', owner)).rejects.toMatchObject({ status: 422 });
    }
  });
});
