import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What the service shows when it terminates TLS itself; PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Authorities of the clients' certificates. */
  readonly ca?: string;
}

export interface ClientCertificateSettings {
  readonly authorities: readonly X509Certificate[];
  /** Lower case. */
  readonly header?: string;
  readonly proxies: readonly string[];
}

/** The variables that are about TLS, each already known to be of the right form. */
export interface TlsVariables {
  readonly TLS_CERT_FILE?: string;
  readonly TLS_KEY_FILE?: string;
  readonly TLS_CLIENT_CA_FILE?: string;
  readonly CLIENT_CERT_HEADER?: string;
  readonly TRUSTED_PROXIES?: string;
}

export interface ReadTls {
  readonly files?: TlsFiles;
  readonly clientCertificates: ClientCertificateSettings;
  /** By the variable that each is about. Never with what is in a file. */
  readonly complaints: readonly (readonly [string, string])[];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the files that the variables name, so that one that cannot be used is noticed at the start and not at a handshake. */
export function readTls(variables: TlsVariables): ReadTls {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE, CLIENT_CERT_HEADER, TRUSTED_PROXIES } = variables;
  const complaints: [string, string][] = [];
  const read = <Result>(
    name: keyof TlsVariables,
    what: string,
    parse: (text: string) => Result,
  ): { text: string; parsed: Result } | undefined => {
    const file = variables[name];
    if (file === undefined) return undefined;
    try {
      const text = readFileSync(file, 'utf8');
      return { text, parsed: parse(text) };
    } catch {
      complaints.push([name, `${name} must be the path of ${what}`]);
      return undefined;
    }
  };
  const cert = read('TLS_CERT_FILE', 'certificates in PEM', certificates);
  const key = read('TLS_KEY_FILE', 'a private key in PEM', createPrivateKey);
  const ca = read('TLS_CLIENT_CA_FILE', 'certificates in PEM', certificates);
  if ((TLS_CERT_FILE === undefined) !== (TLS_KEY_FILE === undefined))
    complaints.push(['TLS_KEY_FILE', 'TLS_CERT_FILE and TLS_KEY_FILE must be set both or neither']);
  if (cert && key && cert.parsed[0]?.checkPrivateKey(key.parsed) !== true)
    complaints.push(['TLS_KEY_FILE', 'TLS_KEY_FILE must hold the private key of the first certificate in TLS_CERT_FILE']);
  if ((CLIENT_CERT_HEADER === undefined) !== (TRUSTED_PROXIES === undefined))
    complaints.push(['CLIENT_CERT_HEADER', 'CLIENT_CERT_HEADER and TRUSTED_PROXIES must be set both or neither']);
  if (TLS_CLIENT_CA_FILE !== undefined && TLS_CERT_FILE === undefined && CLIENT_CERT_HEADER === undefined)
    complaints.push([
      'TLS_CLIENT_CA_FILE',
      'TLS_CLIENT_CA_FILE needs TLS_CERT_FILE or CLIENT_CERT_HEADER: without them nobody shows a certificate',
    ]);
  return {
    ...(cert && key && { files: { cert: cert.text, key: key.text, ...(ca && { ca: ca.text }) } }),
    clientCertificates: {
      authorities: ca?.parsed ?? [],
      ...(CLIENT_CERT_HEADER !== undefined && { header: CLIENT_CERT_HEADER.toLowerCase() }),
      proxies: TRUSTED_PROXIES?.split(',').map((each) => each.trim()) ?? [],
    },
    complaints,
  };
}

/** @throws Error where there is none */
function certificates(pem: string): readonly X509Certificate[] {
  const found = pem.match(CERTIFICATE);
  if (found === null) throw new Error('no certificate');
  return found.map((each) => new X509Certificate(each));
}
