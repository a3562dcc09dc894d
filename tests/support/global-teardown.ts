/** After all tests: the template goes, and the server with it. */
import type { TestGlobals } from "./global-setup.ts";

export default async function tearDown(): Promise<void> {
  await (globalThis as TestGlobals).stopTestDatabase?.();
}
