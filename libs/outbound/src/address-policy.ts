import { BlockList, isIP, isIPv4 } from 'node:net';

/** Addresses that lead to nobody's public server: IANA's special-purpose registries of IPv4 and IPv6, and multicast. */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::/128', '::1/128', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23'],
  ...['2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];

/** What the words in OUTBOUND_ALLOW stand for. Link-local addresses, where clouds keep credentials, are in none of them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
};

/** Which addresses may be called. Public ones may; of others those that the operator allows. */
export class AddressPolicy {
  private static readonly special = listOf(SPECIAL);

  private constructor(private readonly allowed: BlockList) {}

  /**
   * @param text words (`loopback`, `private`), addresses and ranges (`10.0.0.0/8`), with commas between them
   * @returns the policy, or what of the text cannot be read
   */
  static parse(text: string): AddressPolicy | { faults: string[] } {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const faults = entries.filter((entry) => !Object.hasOwn(WORDS, entry) && !isRange(entry));
    if (faults.length > 0) return { faults };
    return new AddressPolicy(listOf(entries.flatMap((entry) => WORDS[entry] ?? [entry])));
  }

  /** @param address IPv4 or IPv6, without brackets and zone */
  allows(address: string): boolean {
    const plain = unmapped(address);
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
    return isIP(plain) !== 0 && (!AddressPolicy.special.check(plain, family) || this.allowed.check(plain, family));
  }
}

function isRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return list;
}

/** `::ffff:10.0.0.1`, which URLs write as `::ffff:a00:1`, is 10.0.0.1. */
function unmapped(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex === null) return address;
  const [high, low] = [parseInt(hex[1] ?? '', 16), parseInt(hex[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
