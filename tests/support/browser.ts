/** A real Chromium, for what only a page in a browser can show. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isThere = existsSync(executablePath);
const remedy = `No Chromium at ${executablePath}: apt-get install chromium, or set CHROMIUM_PATH.`;

if (!isThere && !process.env.CI) console.warn(`Browser tests skipped. ${remedy}`);

/** `describe`, skipped where there is no Chromium; under CI it is not, so that `openBrowser` fails there. */
export const describeInBrowser = isThere || process.env.CI ? describe : describe.skip;

/** Starts Chromium without a window; throws with the remedy where it is not installed. */
export async function openBrowser(): Promise<Browser> {
  if (!isThere) throw new Error(remedy);
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
