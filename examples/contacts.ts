/** How a client turns an address book into what `syncContacts` takes: numbers and addresses never leave the device. */
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";

/** What an address book has of one person. */
export interface AddressBookEntry {
  readonly phones: readonly string[];
  readonly emails: readonly string[];
}

/** The input of one or more `syncContacts`: hashes without repeats, 5,000 at most in each, the first of which replaces. */
export interface ContactSync {
  readonly phoneHashes: string[];
  readonly emailHashes: string[];
  readonly replace: boolean;
}

const MOST_IN_A_SYNC = 5_000;

/** SHA-256 of a text, as hexadecimal digits; by WebCrypto, so that it runs in browsers as well. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A number as it is written in an address book, in E.164; null for what is no number. `country` is where it was written
 * down: `030 123456` is another number in Berlin than in Rio.
 */
export function normalizePhone(written: string, country: CountryCode): string | null {
  const number = parsePhoneNumberFromString(written, country);
  return number?.isValid() ? number.number : null;
}

/** An address without blanks around it, in lower case; null for what is no address. */
export function normalizeEmail(written: string): string | null {
  const email = written.trim().toLowerCase();
  return /^\S+@\S+$/.test(email) ? email : null;
}

/** The syncs that upload a whole address book, to be sent one after the other. */
export async function syncsOf(
  entries: readonly AddressBookEntry[],
  country: CountryCode,
): Promise<ContactSync[]> {
  const isKnown = (value: string | null): value is string => value !== null;
  const phones = new Set(
    entries.flatMap(({ phones }) => phones.map((each) => normalizePhone(each, country))),
  );
  const emails = new Set(entries.flatMap(({ emails }) => emails.map(normalizeEmail)));
  const hashes = [
    ...(await Promise.all([...phones].filter(isKnown).map(sha256))).map((hash) => ({ phone: true, hash })),
    ...(await Promise.all([...emails].filter(isKnown).map(sha256))).map((hash) => ({ phone: false, hash })),
  ];
  const syncs: ContactSync[] = [];
  for (let at = 0; at === 0 || at < hashes.length; at += MOST_IN_A_SYNC) {
    const part = hashes.slice(at, at + MOST_IN_A_SYNC);
    syncs.push({
      phoneHashes: part.filter(({ phone }) => phone).map(({ hash }) => hash),
      emailHashes: part.filter(({ phone }) => !phone).map(({ hash }) => hash),
      replace: at === 0,
    });
  }
  return syncs;
}
