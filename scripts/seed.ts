/** Fills the empty database of DATABASE_URL with the demo world, through the same actions as everything: `npm run seed`. */
import { configOfProcess } from "../src/config.ts";
import { DEMO_PASSWORD } from "../src/demo.ts";
import { StartError } from "../src/errors.ts";
import { startServer } from "../src/server.ts";

try {
  // A server on a port of its own, for a moment: it makes the demo world wherever nobody has signed up yet.
  const config = { ...configOfProcess(), demo: true, jobs: false, host: "127.0.0.1", port: 0 };
  const server = await startServer(config);
  await server.stop();
  console.log(
    server.madeDemoWorld
      ? `Made the demo world. Sign in as maya; the password is ${DEMO_PASSWORD}`
      : "Left everything as it is: somebody has signed up here already.",
  );
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`Nothing was seeded. ${error.message}`);
  process.exitCode = 1;
}
