import { setTimeout as sleep } from 'node:timers/promises';
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { defer, lastValueFrom } from 'rxjs';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { NOT_FOUND_AFTER_MS, NotFoundInterceptor } from '../../src/http/not-found.interceptor.js';

/** Longer than a timer may be late, shorter than what is waited for. */
const WORK_MS = 12;

describe('a command on a lead that is not there (I7, R41)', () => {
  const interceptor = new NotFoundInterceptor();
  let over: string[];
  beforeEach(() => void (over = []));

  const comes = async (what: string, work: () => Promise<unknown>, method = 'POST'): Promise<void> => {
    const context = { switchToHttp: () => ({ getRequest: () => ({ method }) }) } as unknown as ExecutionContext;
    const next: CallHandler = { handle: () => defer(work) };
    await lastValueFrom(interceptor.intercept(context, next)).catch(() => undefined);
    over.push(what);
  };
  const refuses = (code: string) => (): never => {
    throw new DomainError(code, '');
  };

  it('is refused so long after it came, however long it took to see that', async () => {
    const took = async (work: () => Promise<unknown>): Promise<number> => {
      const from = performance.now();
      await comes('missing', work);
      return performance.now() - from;
    };
    for (const code of ['LEAD_NOT_FOUND', 'CUSTOMER_NOT_FOUND']) {
      const slow = took(async () => sleep(WORK_MS).then(refuses(code)));
      const quick = await took(async () => refuses(code)());
      expect(quick).toBeGreaterThanOrEqual(NOT_FOUND_AFTER_MS);
      expect(Math.abs((await slow) - quick)).toBeLessThan(WORK_MS / 2);
    }
  });

  it('keeps nobody else waiting: neither what is done, nor what is refused for another reason, nor a query', async () => {
    const missing = comes('missing', async () => refuses('LEAD_NOT_FOUND')());
    await comes('done', () => sleep(1));
    await comes('refused', async () => refuses('ALLOWANCE_SPENT')());
    await comes('queried', async () => refuses('LEAD_NOT_FOUND')(), 'GET');
    await missing;
    expect(over).toEqual(['done', 'refused', 'queried', 'missing']);
    expect(NOT_FOUND_AFTER_MS).toBeGreaterThan(2 * WORK_MS);
  });
});
