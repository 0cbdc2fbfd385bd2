import { ClockUntrusted, shownBy, SystemClock, VirtualClock, type ClockJump } from '../../src/event-sourcing/clock.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const START = Date.parse('2025-03-01T12:00:00.000Z');

describe('the system clock', () => {
  let wall: number;
  let monotonic: number;
  let jumps: ClockJump[];
  let clock: SystemClock;

  beforeEach(() => {
    wall = START;
    monotonic = 5 * HOUR;
    jumps = [];
    clock = new SystemClock({
      maxJump: 60 * SECOND,
      maxGap: 3 * DAY,
      onJump: (jump) => jumps.push(jump),
      wall: () => wall,
      monotonic: () => monotonic,
    });
  });

  const pass = (time: number) => {
    wall += time;
    monotonic += time;
  };

  it('shows what the wall shows', () => {
    expect(clock.now()).toBe(START);
    pass(30 * DAY);
    expect(clock.now()).toBe(START + 30 * DAY);
    expect(jumps).toEqual([]);
  });

  it('follows a jump ahead within the limit', () => {
    wall += 60 * SECOND;
    expect(clock.now()).toBe(START + 60 * SECOND);
  });

  it('is not trusted after a jump ahead beyond the limit, and says so once (R7)', () => {
    wall += 10 * DAY;
    expect(() => clock.now()).toThrow(ClockUntrusted);
    pass(HOUR);
    expect(() => clock.now()).toThrow(ClockUntrusted);
    expect(jumps).toEqual([{ kind: 'ahead', by: 10 * DAY }]);
    expect(clock.distrusted).toEqual(jumps[0]);
  });

  it('shows the last time that was trusted to whoever decides nothing', () => {
    clock.now();
    wall += 10 * DAY;
    expect(shownBy(clock)).toBe(START);
    clock.trust();
    expect(shownBy(clock)).toBe(START + 10 * DAY);
    clock.startAfter(START + 20 * DAY);
    expect(shownBy(clock)).toBe(START + 20 * DAY);
    expect(shownBy(new VirtualClock(7))).toBe(7);
  });

  it('is not trusted after many small jumps ahead either', () => {
    for (let i = 0; i < 3; i++) {
      wall += 20 * SECOND;
      clock.now();
    }
    wall += 20 * SECOND;
    expect(() => clock.now()).toThrow(ClockUntrusted);
  });

  it('stays untrusted when the wall returns by itself, until an operator gives their word (R7)', () => {
    clock.now();
    wall += 10 * DAY;
    expect(() => clock.now()).toThrow(ClockUntrusted);
    wall -= 10 * DAY;
    expect(() => clock.now()).toThrow(ClockUntrusted);
    clock.trust();
    expect(clock.now()).toBe(START);
    expect(clock.distrusted).toBeUndefined();
  });

  it('takes a jump ahead for good on an operator’s word, and watches from there', () => {
    wall += DAY;
    expect(() => clock.now()).toThrow(ClockUntrusted);
    clock.trust();
    expect(clock.now()).toBe(START + DAY);
    pass(HOUR);
    expect(clock.now()).toBe(START + DAY + HOUR);
    wall += DAY;
    expect(() => clock.now()).toThrow(ClockUntrusted);
  });

  it('stands still after a jump back until the wall has caught up, and says so once (R7)', () => {
    clock.now();
    wall -= HOUR;
    expect(clock.now()).toBe(START);
    pass(HOUR - 1);
    expect(clock.now()).toBe(START);
    pass(2);
    expect(clock.now()).toBe(START + 1);
    expect(jumps).toEqual([{ kind: 'back', by: HOUR }]);
  });

  it('reports a jump back of less than the time since it was last read', () => {
    clock.now();
    pass(2 * HOUR);
    wall -= HOUR;
    expect(clock.now()).toBe(START + HOUR);
    expect(jumps).toEqual([{ kind: 'back', by: HOUR }]);
  });

  it('trusts a wall that is set back and then right again', () => {
    wall -= HOUR;
    clock.now();
    wall += HOUR;
    expect(clock.now()).toBe(START);
    expect(clock.distrusted).toBeUndefined();
  });

  it('makes nothing of rounding', () => {
    for (let i = 0; i < 100; i++) {
      monotonic += 10.7;
      wall += i % 2 === 0 ? 10 : 11;
      clock.now();
    }
    expect(jumps).toEqual([]);
  });

  describe('at the start', () => {
    it('is trusted within the gap', () => {
      clock.startAfter(START - 3 * DAY);
      expect(clock.now()).toBe(START);
      expect(jumps).toEqual([]);
    });

    it('is not trusted when the log’s last event is long ago, until an operator gives their word (R7)', () => {
      clock.startAfter(START - 3 * DAY - 1);
      expect(() => clock.now()).toThrow(ClockUntrusted);
      expect(jumps).toEqual([{ kind: 'ahead', by: 3 * DAY + 1 }]);
      clock.trust();
      expect(clock.now()).toBe(START);
    });

    it('goes on from the log’s last event when the wall is behind it', () => {
      clock.startAfter(START + HOUR);
      expect(clock.now()).toBe(START + HOUR);
      expect(jumps).toEqual([{ kind: 'back', by: HOUR }]);
      pass(HOUR + 1);
      expect(clock.now()).toBe(START + HOUR + 1);
    });
  });

  it('without any clock given reads the machine’s', () => {
    const machine = new SystemClock({ maxJump: 60 * SECOND, maxGap: DAY });
    expect(Math.abs(machine.now() - Date.now())).toBeLessThan(SECOND);
  });
});

describe('a virtual clock', () => {
  it('moves only when told', () => {
    const clock = new VirtualClock(START);
    clock.advance(5);
    expect(clock.now()).toBe(START + 5);
    clock.set(START - HOUR);
    expect(clock.now()).toBe(START - HOUR);
  });
});
