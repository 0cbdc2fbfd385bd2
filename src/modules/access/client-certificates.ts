import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { TLSSocket } from 'node:tls';
import { LRUCache } from 'lru-cache';

export interface CertificateRules {
  /** Who may have issued a client's certificate; any other has to be registered with the client. */
  readonly authorities: readonly X509Certificate[];
  /** The header in which a proxy hands over the certificate that it was shown, lower case; missing where none may. */
  readonly header?: string;
  /** Addresses of the proxies that are believed. */
  readonly proxies: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A certificate whose private key the client of a request holds: the handshake has shown it, here or at a proxy that is believed. */
export interface ShownCertificate {
  /** SHA-256 of its DER, base64url: `x5t#S256` (RFC 8705, section 3.1). */
  readonly thumbprint: string;
  /** By one of the authorities, the time being within its days. */
  readonly isVouchedFor: boolean;
  readonly isInTime: boolean;
  readonly pem: string;
}

/** Characters; a certificate has about two thousand. */
const LONGEST_HEADER = 8_192;
const HELD = 1_000;
/** A byte sequence of structured fields (RFC 9440, section 2.1). */
const BYTES = /^:([A-Za-z0-9+/]+={0,2}):$/;

/**
 * Whose certificate a request comes with. Where the connection is a proxy's, it is what the header says and never the proxy's own;
 * on any other connection the header is only what somebody has typed, and is not looked at.
 */
export class ClientCertificates {
  private readonly proxies = new BlockList();
  private readonly parsed = new LRUCache<string, X509Certificate>({ max: HELD });

  constructor(private readonly rules: CertificateRules) {
    for (const address of rules.proxies) this.proxies.addAddress(address, address.includes(':') ? 'ipv6' : 'ipv4');
  }

  of({ socket, headers }: IncomingMessage): ShownCertificate | undefined {
    const { header } = this.rules;
    if (this.isProxy(socket.remoteAddress)) return header === undefined ? undefined : this.shown(this.handedOver(headers[header]), false);
    if (!(socket instanceof TLSSocket)) return undefined;
    return this.shown(socket.getPeerX509Certificate(), socket.authorized);
  }

  private isProxy(address: string | undefined): boolean {
    if (address === undefined) return false;
    const v4 = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
    return this.proxies.check(v4, v4.includes(':') ? 'ipv6' : 'ipv4');
  }

  /** As RFC 9440 says, or the PEM percent-encoded, as proxies wrote it before there was one way. */
  private handedOver(value: string | string[] | undefined): X509Certificate | undefined {
    if (typeof value !== 'string' || value.length > LONGEST_HEADER) return undefined;
    const known = this.parsed.get(value);
    if (known !== undefined) return known;
    try {
      const bytes = BYTES.exec(value)?.[1];
      const found = new X509Certificate(bytes === undefined ? decodeURIComponent(value) : Buffer.from(bytes, 'base64'));
      this.parsed.set(value, found);
      return found;
    } catch {
      return undefined;
    }
  }

  /** @param hasChain the handshake has found a chain to one of the authorities that the server was told of */
  private shown(certificate: X509Certificate | undefined, hasChain: boolean): ShownCertificate | undefined {
    if (certificate === undefined) return undefined;
    const { authorities } = this.rules;
    const now = this.rules.now();
    const isInTime = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    // Told of none, the handshake believes whom a browser would.
    const isIssued = (hasChain && authorities.length > 0) || authorities.some((authority) => isIssuedBy(certificate, authority));
    const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    return { thumbprint, isVouchedFor: isIssued && isInTime, isInTime, pem: certificate.toString() };
  }
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
