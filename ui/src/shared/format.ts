/** Numbers, sizes, dates and times as a person reads them. Pure; the clock is a parameter. */

const LOCALE = "en";
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

const whole = new Intl.NumberFormat(LOCALE);
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });

/** `1234567` as `1,234,567`. */
export function formatNumber(value: number): string {
  return whole.format(value);
}

/** Decimal size with three significant digits at most, for example `1.21 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const text = value.toFixed(digits).replace(/\.0+$|(\.\d)0$/, "$1");
  return `${text} ${UNITS[unit] ?? "B"}`;
}

/** A size that is only an estimate, with as many digits as one can stand for: `2 kB`, `61 kB`. */
export function aboutBytes(bytes: number): string {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, bytes))) - (bytes < 10_000 ? 0 : 1));
  return formatBytes(Math.round(bytes / step) * step);
}

/** The exact count, for tooltips. */
export function formatExactBytes(bytes: number): string {
  return `${whole.format(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** Relative for the last seven days (`5 minutes ago`, `Tuesday, 14:02`), else the date. */
export function formatDate(seconds: number, now: number = Date.now() / 1000): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  const age = now - seconds;
  if (age >= 0 && age < 60) return relative.format(0, "second");
  if (age >= 60 && age < 3600) return relative.format(-Math.floor(age / 60), "minute");
  const days = calendarDays(date, new Date(now * 1000));
  if (days === 0) return `${capital(relative.format(0, "day"))}, ${clock.format(date)}`;
  if (days === 1) return `${capital(relative.format(-1, "day"))}, ${clock.format(date)}`;
  if (days > 1 && days <= 7)
    return days === 7 ? dayMonth.format(date) : `${weekday.format(date)}, ${clock.format(date)}`;
  const sameYear = date.getFullYear() === new Date(now * 1000).getFullYear();
  return sameYear ? dayMonth.format(date) : dayMonthYear.format(date);
}

/** A day without a time, for example `4 May` or `2 May 2025`. */
export function formatDay(seconds: number, now: number = Date.now() / 1000): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  const sameYear = date.getFullYear() === new Date(now * 1000).getFullYear();
  return sameYear ? dayMonth.format(date) : dayMonthYear.format(date);
}

/** Date, time and zone in full, for tooltips. */
export function formatFullDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "–" : full.format(date);
}

/** `14:02`. */
export function formatClock(seconds: number): string {
  return clock.format(new Date(seconds * 1000));
}

/** A duration in words of one or two units: `8 s`, `2 min 5 s`, `1 h 4 min`. */
export function formatDuration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60)
    return all % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${all % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** A rounded share of a whole, `41 %`; absent when the whole is not known. */
export function formatPercent(done: number, total: number | null): string | undefined {
  if (total === null || total <= 0) return undefined;
  return `${Math.min(100, Math.floor((done / total) * 100))} %`;
}

/** Hex digits in groups of four, upper case: `4A1D 90C7 …`. */
export function groupHex(hex: string): string[] {
  return (
    hex
      .replaceAll(/\s/g, "")
      .toUpperCase()
      .match(/.{1,4}/g) ?? []
  );
}

/** First two and last three groups, for places where the whole fingerprint does not fit. */
export function shortFingerprint(hex: string): string {
  const groups = groupHex(hex);
  if (groups.length <= 5) return groups.join(" ");
  return [...groups.slice(0, 2), "…", ...groups.slice(-3)].join(" ");
}

/** An offset in hexadecimal with its prefix, `0x1000`. */
export function formatOffset(offset: number): string {
  return `0x${offset.toString(16)}`;
}

function calendarDays(then: Date, now: Date): number {
  const day = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day(now) - day(then)) / 86_400_000);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
