import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt } from 'passport-jwt';
import { Problem } from '../../http/problem.js';
import type { VerifiedToken } from './access-tokens.js';
import { ClientCertificates } from './client-certificates.js';
import type { ActiveClient } from './client-directory.js';
import { type CheckedProof, DpopProofs } from './dpop-proof.js';
import type { BoundBy } from './roles.js';

const bearer = ExtractJwt.fromAuthHeaderAsBearerToken();
const bound = ExtractJwt.fromAuthHeaderWithScheme('DPoP');

/** A token as a request shows it. */
export interface ShownToken {
  readonly token: string;
  /** Under the scheme `DPoP`, by which its sender says that it is bound to a key. */
  readonly asBound: boolean;
}

export function shownToken(request: FastifyRequest): ShownToken | undefined {
  const token = bearer(request as never);
  if (token !== null) return { token, asBound: false };
  const boundToken = bound(request as never);
  return boundToken === null ? undefined : { token: boundToken, asBound: true };
}

/** Nothing is shown that a token would have to be bound to. */
export const showsNoProof = ({ headers }: FastifyRequest): boolean => headers['dpop'] === undefined;

export interface Proven {
  /** Missing for a token that is bound to nothing. */
  readonly boundBy?: BoundBy;
  /** To be taken once the request is not too fast. */
  readonly proof?: CheckedProof;
}

/** Does the sender hold what the token is bound to (R28)? A stolen token alone is worth nothing then. */
@Injectable()
export class Possession {
  constructor(
    private readonly proofs: DpopProofs,
    private readonly certificates: ClientCertificates,
  ) {}

  /**
   * @throws Problem `PROOF_INVALID` also where the token is bound and is shown as if it were not, and the other way round
   */
  async prove(request: FastifyRequest, shown: ShownToken, { binding = {} }: VerifiedToken, client: ActiveClient): Promise<Proven> {
    const { jkt, x5t } = binding;
    const proof = request.headers['dpop'];
    if (shown.asBound !== (jkt !== undefined) || (proof !== undefined) !== shown.asBound) throw new Problem('PROOF_INVALID');
    if (x5t !== undefined && !this.holdsCertificate(request, x5t, client)) throw new Problem('PROOF_INVALID');
    if (jkt === undefined || typeof proof !== 'string') return x5t === undefined ? {} : { boundBy: 'mtls' };
    const { method, url: target } = request;
    return { boundBy: 'dpop', proof: await this.proofs.verify({ proof, method, target, token: shown.token, jkt }) };
  }

  private holdsCertificate({ raw }: FastifyRequest, x5t: string, client: ActiveClient): boolean {
    const certificate = this.certificates.of(raw);
    return certificate?.thumbprint === x5t && isTakenFrom(client, certificate);
  }
}

/** A certificate of a client: by an authority that the bank names, or registered with this very client. */
export function isTakenFrom(
  { certificates }: Pick<ActiveClient, 'certificates'>,
  { isVouchedFor, isInTime, thumbprint }: { isVouchedFor: boolean; isInTime: boolean; thumbprint: string },
): boolean {
  return isVouchedFor || (isInTime && certificates.has(thumbprint));
}
