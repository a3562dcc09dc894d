/** What an identity provider says of a person, as far as it can be used: the rest is left out, never refused. */
import type { JWTPayload } from "jose";
import { UserError } from "../errors.ts";
import { NO_COUNTRY } from "../policy.ts";
import { cleanDisplayName, cleanEmail, cleanHandle, cleanPhone } from "../text.ts";
import type { NewAccount } from "./account.ts";

const EMAIL = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/;
const MAX_EMAIL_LENGTH = 254;
const regions = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** A profile in which what is missing is null. */
export type ClaimedProfile = Omit<NewAccount, "passwordHash" | "handle" | "displayName"> & {
  readonly handle: string | null;
  readonly displayName: string | null;
};

/** What the claims say, each part in its one form; an address or a number counts when the provider has verified it. */
export function profileOf(claims: JWTPayload): ClaimedProfile {
  const text = (name: string) => (typeof claims[name] === "string" ? claims[name] : null);
  return {
    handle: clean(text("preferred_username"), cleanHandle),
    displayName: clean(text("name"), cleanDisplayName),
    email: claims.email_verified === true ? clean(text("email"), asEmail) : null,
    phone: claims.phone_number_verified === true ? clean(text("phone_number"), cleanPhone) : null,
    birthDate: clean(text("birthdate"), asBirthDate),
    country: clean(text("country") ?? addressCountry(claims.address), asCountry) ?? NO_COUNTRY,
  };
}

function clean(text: string | null, read: (text: string) => string | null): string | null {
  if (text === null) return null;
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function asEmail(text: string): string | null {
  return text.length <= MAX_EMAIL_LENGTH && EMAIL.test(text) ? cleanEmail(text) : null;
}

// A provider may give the year alone, or 0000 for a year that is not told.
function asBirthDate(text: string): string | null {
  if (!/^(19|20)\d\d-\d\d-\d\d$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
  return isDay && day.getTime() <= Date.now() ? text : null;
}

function addressCountry(address: unknown): string | null {
  const { country } = (typeof address === "object" ? (address ?? {}) : {}) as { readonly country?: unknown };
  return typeof country === "string" ? country : null;
}

function asCountry(text: string): string | null {
  const code = text.toUpperCase();
  return /^[A-Z]{2}$/.test(code) && regions.of(code) !== undefined ? code : null;
}
