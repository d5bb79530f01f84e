import type { Point } from './places.ts';

const digits = '23456789CFGHJMPQRVWX';

/** Open Location Code of ten digits, such as `8JHF87WM+9X` (the rule of the public specification). */
export const plusCode = ({ lat, lng }: Point): string => {
  // In steps of 1/8000 degree, the cell size of ten digits.
  let y = Math.min(Math.floor((Math.min(Math.max(lat, -90), 90) + 90) * 8000 + 1e-6), 180 * 8000 - 1);
  let x = Math.floor(((((lng + 180) % 360) + 360) % 360) * 8000 + 1e-6);
  let code = '';
  for (let pair = 0; pair < 5; pair += 1) {
    code = digits.charAt(y % 20) + digits.charAt(x % 20) + code;
    y = Math.floor(y / 20);
    x = Math.floor(x / 20);
  }
  return `${code.slice(0, 8)}+${code.slice(8)}`;
};
