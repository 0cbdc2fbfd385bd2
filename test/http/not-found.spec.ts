import { setTimeout as sleep } from 'node:timers/promises';
import type { ArgumentsHost } from '@nestjs/common';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { NOT_FOUND_AFTER_MS } from '../../src/http/not-found.js';
import type { RefusalRecorder } from '../../src/modules/refusals/refusal-recorder.js';
import { RefusalFilter } from '../../src/modules/refusals/refusal.filter.js';
import type { Metrics } from '../../src/observability/metrics.js';

/** Longer than a timer may be late, shorter than what is waited for. */
const WORK_MS = 12;
/** Of several the quickest is the one that nothing else on the machine held up. */
const TIMES = 10;

describe('a command on a lead that is not there (I7, R41)', () => {
  let told: string[];
  beforeEach(() => void (told = []));

  /** The filter at work on a request that came just now. @param record what it takes to put the refusal on record */
  async function refuse(
    code: string,
    { work = 0, record = 0, method = 'POST' }: { work?: number; record?: number; method?: string } = {},
  ): Promise<number> {
    const arrivedAt = performance.now();
    const filter = new RefusalFilter(
      { refused: () => sleep(record) } as unknown as RefusalRecorder,
      { refused: () => undefined } as unknown as Metrics,
    );
    const user = { clientId: 'client', partnerId: 'partner', ownerId: 'owner' };
    const request = { method, url: '/v1/membership-checks', routeOptions: {}, id: 'id', user, arrivedAt };
    const same = (): object => reply;
    const reply = { request, removeHeader: same, status: same, headers: same, header: same, serializer: same, send: () => told.push(code) };
    const host = { switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }) };
    await sleep(work);
    await filter.catch(new DomainError(code, ''), host as unknown as ArgumentsHost);
    return performance.now() - arrivedAt;
  }

  it('is told so long after it came, however long it took to see that and to put it on record', async () => {
    for (const code of ['LEAD_NOT_FOUND', 'CUSTOMER_NOT_FOUND']) {
      for (const slow of [{}, { work: WORK_MS }, { record: WORK_MS }]) {
        const took: number[] = [];
        for (let n = 0; n < TIMES; n++) took.push(await refuse(code, slow));
        expect(Math.min(...took)).toBeGreaterThanOrEqual(NOT_FOUND_AFTER_MS);
        expect(Math.min(...took)).toBeLessThan(NOT_FOUND_AFTER_MS + WORK_MS / 4);
      }
    }
    expect(told).toHaveLength(6 * TIMES);
    // What takes longer shows in few of many how much longer: it comes at the next multiple.
    expect(await refuse('LEAD_NOT_FOUND', { record: NOT_FOUND_AFTER_MS + 2 })).toBeGreaterThanOrEqual(2 * NOT_FOUND_AFTER_MS);
  });

  it('keeps nobody else waiting: neither what is refused for another reason, nor a query', async () => {
    const missing = refuse('LEAD_NOT_FOUND');
    await refuse('ALLOWANCE_SPENT');
    await refuse('CUSTOMER_NOT_FOUND', { method: 'GET' });
    await missing;
    expect(told).toEqual(['ALLOWANCE_SPENT', 'CUSTOMER_NOT_FOUND', 'LEAD_NOT_FOUND']);
    expect(NOT_FOUND_AFTER_MS).toBeGreaterThan(2 * WORK_MS);
  });
});
