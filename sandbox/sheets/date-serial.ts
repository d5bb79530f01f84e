const dayMs = 86_400_000;
/** Day 0 of the spreadsheet's calendar. */
const epoch = Date.UTC(1899, 11, 30);

type Entered = { readonly serial: number; readonly shown: string };

/** Undefined for a day that does not exist. */
const serialOf = (year: number, month: number, day: number): number | undefined => {
  const at = new Date(Date.UTC(year, month - 1, day));
  const real = at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return real ? (at.getTime() - epoch) / dayMs : undefined;
};

const two = (value: number): string => String(value).padStart(2, '0');

const dayText = (serial: number): string => new Date(epoch + serial * dayMs).toISOString().slice(0, 10);

const iso = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?$/u;
const dotted = /^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$/u;
const american = /^([0-9]{1,2})\/([0-9]{1,2})\/([0-9]{4})$/u;

const readIso = (text: string): Entered | undefined => {
  const match = iso.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? '0'));
  const serial = serialOf(year, month, day);
  if (serial === undefined || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  if (match[4] === undefined) return { serial, shown: dayText(serial) };
  const time = (hours * 3_600 + minutes * 60 + seconds) / 86_400;
  return {
    serial: serial + time,
    shown: `${dayText(serial)} ${hours}:${two(minutes)}:${two(seconds)}`,
  };
};

/** `2026-11-22`, with a time or not, `22.11.2026` and the American `11/22/2026`. Days, counted from 1899-12-30. */
export const readDate = (text: string): Entered | undefined => {
  const dots = dotted.exec(text);
  if (dots) {
    const serial = serialOf(Number(dots[3]), Number(dots[2]), Number(dots[1]));
    return serial === undefined ? undefined : { serial, shown: dayText(serial) };
  }
  const slashes = american.exec(text);
  if (slashes) {
    const [month, day, year] = slashes.slice(1).map(Number);
    const serial = serialOf(year ?? 0, month ?? 0, day ?? 0);
    return serial === undefined ? undefined : { serial, shown: `${month}/${day}/${year}` };
  }
  return readIso(text);
};
