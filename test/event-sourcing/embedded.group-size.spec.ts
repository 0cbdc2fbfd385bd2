import { GroupSize } from '../../src/event-sourcing/embedded.group-size.js';

function after(insertMs: number, commitMs: number): GroupSize {
  const size = new GroupSize();
  for (let i = 0; i < 100; i++) size.note(32, 32 * insertMs, commitMs);
  return size;
}

describe('the appends that go into one commit', () => {
  it('are all that wait, as long as nothing is known of the disk', () => {
    expect(new GroupSize().of(400)).toBeGreaterThanOrEqual(400);
  });

  it('are half of those that wait where the disk is fast, so that the other half is taken in meanwhile', () => {
    expect(after(0.02, 0.2).of(64)).toBe(32);
  });

  it('are all that wait where a sync takes longer than all of them', () => {
    expect(after(0.02, 5).of(64)).toBeGreaterThanOrEqual(64);
  });

  it('are never so few that syncs are most of the work, nor so many that the first waits for long', () => {
    expect(after(0.02, 0.01).of(20)).toBeGreaterThanOrEqual(16);
    expect(after(0.02, 500).of(10_000)).toBe(512);
  });

  it('follow the disk when it becomes slow', () => {
    const size = after(0.02, 0.2);
    for (let i = 0; i < 100; i++) size.note(32, 0.64, 20);
    expect(size.of(64)).toBeGreaterThanOrEqual(64);
  });
});
