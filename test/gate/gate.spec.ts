import { gate, type GateCommand } from '../../src/modules/gate/gate.js';
import type { GateEvent } from '../../src/modules/gate/gate.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';

const word = { by: 'operator-1', reason: 'other', at: day(0) } as const;
const halted: GateEvent = { type: 'GateHalted', data: word };
const reopened: GateEvent = { type: 'GateReopened', data: word };
const started = (process: string, at = day(0), change: object = {}): GateEvent => {
  return { type: 'ServiceStarted', data: { process, previousEndedCleanly: true, at, ...change } };
};

describe('HaltGate and ReopenGate', () => {
  it('halt all answers, and reopen, each once', () => {
    given(gate).when({ type: 'HaltGate', data: word }).happens(halted).again.staysQuiet();
    given(gate, halted).when({ type: 'ReopenGate', data: word }).happens(reopened).again.staysQuiet();
    expect(given(gate, halted, reopened).state.halted).toBe(false);
  });

  it('a gate that was never halted stays quiet when it is reopened', () => {
    given(gate).when({ type: 'ReopenGate', data: word }).staysQuiet();
  });

  it('a restart does not reopen it', () => {
    expect(given(gate, halted, started('p1')).state.halted).toBe(true);
  });
});

describe('StartService and StopService', () => {
  const start = (process: string, change: object = {}): GateCommand => ({ type: 'StartService', data: { process, at: day(1), ...change } });
  const outage = { from: day(0, 1), until: day(0, 3) };

  it('a first start names itself', () => {
    given(gate)
      .when(start('p1'))
      .happens(started('p1', day(1)))
      .again.staysQuiet();
  });

  it('a start after a kill says so, and by how long deadlines are put off', () => {
    given(gate, started('p1'))
      .when(start('p2', { outage }))
      .happens(started('p2', day(1), { outage, previous: 'p1', previousEndedCleanly: false }));
    expect(given(gate, started('p2', day(1), { outage })).state.outages).toEqual([outage]);
  });

  it('a start after a stop says that nothing is missing', () => {
    const stopped: GateEvent = { type: 'ServiceStopped', data: { process: 'p1', at: day(0) } };
    given(gate, started('p1'))
      .when({ type: 'StopService', data: { process: 'p1', at: day(0) } })
      .happens(stopped)
      .again.staysQuiet();
    given(gate, started('p1'), stopped)
      .when(start('p2'))
      .happens(started('p2', day(1), { previous: 'p1' }));
  });

  it('the stop of a process that another has replaced stays quiet', () => {
    given(gate, started('p1'), started('p2', day(0), { previous: 'p1' }))
      .when({ type: 'StopService', data: { process: 'p1', at: day(0) } })
      .staysQuiet();
  });

  it('a replica beside another says what became of the process before it on its own directory, not of the other', () => {
    const both = [started('a1'), started('b1')];
    given(gate, ...both)
      .when(start('a2', { previous: 'a1' }))
      .happens(started('a2', day(1), { previous: 'a1', previousEndedCleanly: false }));
    given(gate, ...both, { type: 'ServiceStopped', data: { process: 'a1', at: day(0) } })
      .when(start('a2', { previous: 'a1' }))
      .happens(started('a2', day(1), { previous: 'a1' }));
    given(gate, ...both)
      .when(start('c1', { previous: null }))
      .happens(started('c1', day(1)));
    given(gate, ...both)
      .when({ type: 'StopService', data: { process: 'a1', at: day(0) } })
      .happens({ type: 'ServiceStopped', data: { process: 'a1', at: day(0) } })
      .again.staysQuiet();
  });

  it('of two replicas that start after the same outage, the first tells of it', () => {
    const later = { from: day(0, 1), until: day(0, 4) };
    given(gate, started('a1', day(0, 3), { outage }))
      .when(start('b1', { previous: null, outage: later }))
      .happens(started('b1', day(1)));
    const next = { from: day(0, 5), until: day(0, 6) };
    given(gate, started('a1', day(0, 3), { outage }))
      .when(start('b1', { previous: null, outage: next }))
      .happens(started('b1', day(1), { outage: next }));
  });

  it('an outage is forgotten when it can extend nothing any more', () => {
    expect(given(gate, started('p1', day(0), { outage }), started('p2', day(500))).state.outages).toEqual([]);
  });
});

describe('the clock', () => {
  it('a jump back is put on record', () => {
    given(gate)
      .when({ type: 'ReportClockBehind', data: { milliseconds: 3_600_000, at: day(0) } })
      .happens({ type: 'ClockJumped', data: { direction: 'back', milliseconds: 3_600_000, at: day(0) } });
  });

  it('a jump ahead is put on record together with the word of the operator who vouches for it', () => {
    given(gate)
      .when({ type: 'TrustClock', data: { ...word, jump: 864_000_000 } })
      .happens(
        { type: 'ClockJumped', data: { direction: 'ahead', milliseconds: 864_000_000, at: day(0) } },
        { type: 'ClockTrusted', data: word },
      );
  });

  it('a word for a clock that did not jump stays quiet', () => {
    given(gate).when({ type: 'TrustClock', data: word }).staysQuiet();
  });
});

describe('RestoreLog', () => {
  const data = { restore: 'r1', backup: 'b1', backupTakenAt: day(0), through: 41, at: day(1) };
  const restore = (change: object = {}): GateCommand => ({ type: 'RestoreLog', data: { ...data, ...change } });
  const restored: GateEvent = { type: 'LogRestored', data: { ...data, restores: 1 } };
  const byService: GateEvent = {
    type: 'GateHalted',
    data: { by: 'process:service', reason: 'log-restored', at: day(1) },
  };

  it('is counted, and halts all answers until somebody has looked', () => {
    given(gate).when(restore()).happens(restored, byService).again.staysQuiet();
    expect(given(gate, restored, byService).state).toMatchObject({ halted: true, restores: 1 });
  });

  it('halts no gate twice', () => {
    given(gate, halted).when(restore()).happens(restored);
  });

  it('of the same backup once more is another restore', () => {
    given(gate, restored, byService, reopened)
      .when(restore({ restore: 'r2' }))
      .happens({ type: 'LogRestored', data: { ...data, restore: 'r2', restores: 2 } }, byService);
  });
});
