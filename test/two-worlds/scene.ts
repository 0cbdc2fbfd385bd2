import { Chance } from '../simulation/chance.js';
import { inVirtualTime } from '../simulation/virtual-time.js';
import { World } from '../simulation/world.js';
import { PARTNERS, STAFF } from './cast.js';
import { lay } from './foundation.js';
import { type OnFile, registerLines } from './register.js';
import type { Mode } from './script.js';
import { type Request, type Response, Service } from './service.js';
import { tokenOf } from './tokens.js';

const NO_TIME = { append: 0, event: 0, read: 0, page: 0 };
const LONGEST = 100_000_000;

/** A service with its partners and a register, to be asked things one by one. */
export class Scene {
  private posts = 0;

  constructor(
    private readonly service: Service,
    private readonly tokens: ReadonlyMap<string, string>,
  ) {}

  /** As it would go out; what `change` says comes last. @param client by its name; `undefined` for nobody */
  request(
    client: string | undefined,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    change: Partial<Request> = {},
  ): Promise<Response> {
    this.posts += 1;
    const token = client === undefined ? undefined : this.tokens.get(client);
    const headers = method === 'POST' ? { 'idempotency-key': `post-${this.posts}` } : {};
    return this.service.request({
      method,
      path,
      headers,
      ...(token !== undefined && { token }),
      ...(body !== undefined && { body }),
      ...change,
    });
  }

  /** @throws Error when it is refused */
  async done<Body>(client: string, path: string, body: object, change: Partial<Request> = {}): Promise<Body> {
    const response = await this.request(client, 'POST', path, body, change);
    if (response.status >= 300) throw new Error(`${path}: ${response.body}`);
    return (response.body.startsWith('{') ? JSON.parse(response.body.split('\n', 1)[0] ?? '') : {}) as Body;
  }

  settled(): Promise<void> {
    return this.service.settled();
  }
}

/** @param customers in the register @param onFile what it says of the subject that is not what partners say */
export async function onScene<Result>(
  { mode, customers = [], onFile }: { mode: Mode; customers?: readonly number[]; onFile?: OnFile },
  story: (scene: Scene) => Promise<Result>,
): Promise<Result> {
  const tokens = new Map<string, string>();
  for (const client of [...Object.keys(STAFF), ...Object.keys(PARTNERS)]) tokens.set(client, await tokenOf(client));
  const world = new World(new Chance(1, 'scene'));
  await lay(world, mode);
  const tell = async (): Promise<Result> => {
    const service = await Service.start(world, NO_TIME);
    const scene = new Scene(service, tokens);
    const ndjson = { headers: { 'content-type': 'application/x-ndjson' }, body: registerLines(customers, onFile) };
    await scene.done('feed', '/v1/registry/imports?importId=register', {}, ndjson);
    await service.settled();
    const result = await story(scene);
    await service.stop();
    return result;
  };
  return inVirtualTime(world.chance, world.directories, tell, LONGEST);
}
