import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { SignalboxError } from '@signalbox/contracts';
import { Agent, fetch as undiciFetch, type Response } from 'undici';
import { AddressPolicy } from './address-policy.js';

/** Ports of other protocols, to which a request could be smuggled, are below these. */
const LEAST_FREE_PORT = 1024;
const WEB_PORTS = new Set([80, 443]);
const CONNECT_TIMEOUT_MS = 10_000;

export interface OutboundRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | null;
}

/**
 * The way out for every address that a user gives: `http` and `https` alone, no ports of other protocols, no address that the operator has
 * not allowed, checked again at connect, so that a name that changes its address between two looks gains nothing. Redirects are not followed.
 */
export class Outbound {
  private readonly agent: Agent;

  private constructor(private readonly policy: AddressPolicy) {
    this.agent = new Agent({ connect: { lookup: this.lookup, timeout: CONNECT_TIMEOUT_MS } });
  }

  /** @param text as OUTBOUND_ALLOW, whose faults are found where the environment is parsed */
  static allowing(text: string): Outbound {
    const policy = AddressPolicy.parse(text);
    if (!(policy instanceof AddressPolicy)) throw new TypeError(`no address policy: ${policy.faults.join(', ')}`);
    return new Outbound(policy);
  }

  /** @throws SignalboxError ADDRESS_REFUSED for what can be seen without asking for the name's address */
  check(url: URL): void {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw refused(url.host, `its scheme ${url.protocol} is neither http: nor https:`);
    if (url.username !== '' || url.password !== '') throw refused(url.host, 'it holds a user name or a password');
    const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
    if (port < LEAST_FREE_PORT && !WEB_PORTS.has(port))
      throw refused(url.host, `port ${port} belongs to another protocol`);
    const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !this.policy.allows(literal)) throw refusedAddress(url.host);
  }

  /** As the platform's own, with answers of 3xx given back. @throws SignalboxError ADDRESS_REFUSED */
  readonly fetch = async (address: string | URL, request: OutboundRequest = {}): Promise<Response> => {
    const url = new URL(address);
    this.check(url);
    try {
      return await undiciFetch(url, { ...request, redirect: 'manual', dispatcher: this.agent });
    } catch (error) {
      throw refusalIn(error) ?? error;
    }
  };

  /** For clients that open their own connections. */
  readonly lookup = (
    hostname: string,
    options: LookupOptions,
    callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const first = error ? undefined : addresses[0];
      // One forbidden address among several is a trap or a mistake; either way the name is not to be called.
      if (error) callback(error, '');
      else if (first === undefined || addresses.some(({ address }) => !this.policy.allows(address)))
        callback(refusedAddress(hostname), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * The base URL of an API that a user names, without a slash at its end.
 * @throws SignalboxError INVALID_INPUT that names the field and never repeats the value, or ADDRESS_REFUSED
 */
export function endpointOf(field: string, text: string | null | undefined, what: string, outbound: Outbound): string {
  const invalid = (message: string) => new SignalboxError('INVALID_INPUT', `${field}: ${message}`);
  if (!text || !URL.canParse(text)) throw invalid(`expected the base URL of ${what}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('expected http:// or https://');
  if (url.username || url.password) throw invalid('give the password or key in credentials, where it is encrypted');
  if (url.search || url.hash) throw invalid('leave out the query and the fragment');
  outbound.check(url);
  return url.href.replace(/\/+$/, '');
}

/** A refusal that an HTTP client has wrapped in errors of its own. */
export function refusalIn(error: unknown): SignalboxError | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    if (cause instanceof SignalboxError && cause.code === 'ADDRESS_REFUSED') return cause;
  }
  return null;
}

const refused = (host: string, why: string) => new SignalboxError('ADDRESS_REFUSED', `${host} is not called: ${why}.`);

const refusedAddress = (host: string) =>
  refused(host, 'it leads to a private or special address, which this installation may not call');
