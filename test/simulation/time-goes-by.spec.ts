import { Chance } from './chance.js';
import { lay } from './foundation.js';
import { Replica } from './replica.js';
import { timeGoesBy } from './time-goes-by.js';
import { inVirtualTime } from './virtual-time.js';
import { DAY, World } from './world.js';

/** More than a look at the log takes, and less than a lease, after which somebody else would take the duty over. */
const SOON_MS = 500;

describe('time that goes by at once in the simulation', () => {
  it('was no outage where somebody was there, though the log cannot be reached just now', async () => {
    const outages = await outagesOf(async (world, [a, b]) => {
      await a.start();
      await pause(SOON_MS);
      world.setCutOff('a', true);
      await timeGoesBy(world, [a, b], DAY);
      await b.start();
    });
    expect(outages).toEqual([]);
  });

  it('was none where whoever held the duty was gone and somebody else was there', async () => {
    const outages = await outagesOf(async (world, [a, b]) => {
      await a.start();
      await b.start();
      await pause(SOON_MS);
      a.kill();
      await timeGoesBy(world, [a, b], DAY);
      await pause(5_000);
    });
    expect(outages).toEqual([]);
  });

  it('was one where nobody was there', async () => {
    const outages = await outagesOf(async (world, [a, b]) => {
      await a.start();
      await pause(SOON_MS);
      a.kill();
      await timeGoesBy(world, [a, b], DAY);
      await b.start();
    });
    expect(outages).toEqual([1]);
  });

  it('was none for a replica that is alone and dies right after it, and one where it was dead', async () => {
    const outages = (thereBefore: boolean): Promise<readonly number[]> =>
      outagesOf(async (world, [a]) => {
        world.isAlone = true;
        await a.start();
        await pause(SOON_MS);
        if (!thereBefore) a.kill();
        await timeGoesBy(world, [a], DAY);
        if (thereBefore) a.kill();
        await pause(5_000);
      });
    expect(await outages(true)).toEqual([]);
    expect(await outages(false)).toEqual([1]);
  });

  it('does not go by while nobody is there and the network still holds something back that the dead have sent', async () => {
    let arrivedAt = 0;
    let wentByAt = 0;
    await outagesOf(async (world, replicas) => {
      world.deliverLater(3_000, async () => (arrivedAt = world.now()));
      await timeGoesBy(world, replicas, DAY);
      wentByAt = world.now();
    });
    expect(wentByAt - arrivedAt).toBeGreaterThanOrEqual(DAY);
    expect(arrivedAt).toBeGreaterThan(0);
  });
});

/** Tells a story in fine weather. @returns how many days long the outages were that its replicas have put on record */
async function outagesOf(story: (world: World, replicas: readonly [Replica, Replica]) => Promise<void>): Promise<readonly number[]> {
  const chance = new Chance(1, 'time that goes by');
  const world = new World(chance);
  await lay(world);
  const before = (await world.events()).length;
  await inVirtualTime(chance, world.directories, async () => {
    const replicas = [new Replica(world, 'a'), new Replica(world, 'b')] as const;
    await story(world, replicas);
    for (const replica of replicas) await replica.close();
  });
  return (await world.events()).slice(before).flatMap(({ data }) => {
    const { outage } = data as { readonly outage?: { readonly from: string; readonly until: string } };
    return outage === undefined ? [] : [Math.round((100 * (Date.parse(outage.until) - Date.parse(outage.from))) / DAY) / 100];
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
