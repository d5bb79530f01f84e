import ipaddr from 'ipaddr.js';
import type { AddressNotation } from '../../domain/webhook/sender/ip-address.ts';

const IPV4 = /^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/;
const IPV6 = /^[0-9a-fA-F:.]{2,45}$/;

/** ipaddr.js also reads shortened, octal and hexadecimal IPv4 and zone ids; these checks let none of them through. */
export const ipNotation: AddressNotation = {
  read: (text) => {
    if (IPV4.test(text)) return ipaddr.IPv4.isValid(text) ? ipaddr.IPv4.parse(text).toByteArray() : undefined;
    const tail = text.slice(text.lastIndexOf(':') + 1);
    const isReadable = IPV6.test(text) && text.includes(':') && (!tail.includes('.') || IPV4.test(tail));
    // ipaddr.js reads ::203.0.113.9 as ::ffff:203.0.113.9, that is as IPv4; everybody else reads it as IPv6.
    const told = IPV4.test(text.slice(2)) ? text.replace('::', '::0:') : text;
    return isReadable && ipaddr.IPv6.isValid(told) ? ipaddr.IPv6.parse(told).toByteArray() : undefined;
  },
  write: (bytes) => {
    const address = ipaddr.fromByteArray([...bytes]);
    return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
  },
};
