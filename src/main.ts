/** Starts the server, says where it is, and stops it when it is told to. */
import { configOfProcess } from "./config.ts";
import { DEMO_PASSWORD } from "./demo.ts";
import { StartError } from "./errors.ts";
import { type RunningServer, startServer } from "./server.ts";

function welcome({ url, relocatedTo }: RunningServer, demo: boolean): string {
  const lines = ["", `  Kith is ready.`, "", `  API         ${url}/graphql`, `  Playground  ${url}/`];
  if (demo) {
    lines.push(
      "",
      `  Sign in as maya, leo, ana, kofi, yuki, noor, sam or ines; the password is ${DEMO_PASSWORD}`,
    );
  }
  if (relocatedTo !== null) {
    lines.push("", `  The database lives in ${relocatedTo}: its account can't reach DATA_DIR.`);
  }
  return `${lines.join("\n")}\n`;
}

try {
  const config = configOfProcess();
  const server = await startServer(config);
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    await server.stop();
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
  console.log(welcome(server, config.demo));
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`Kith did not start. ${error.message}`);
  process.exit(1);
}
