/** Compiles src and migrations into dist, unless nothing has changed since: the compiler alone takes longer to start. */
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";

const stamp = "dist/.built";
const inputs = ["src", "migrations", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  // A folder counts as well: its own time tells of what was removed from it.
  return [path, ...readdirSync(path).flatMap((name) => files(`${path}/${name}`))];
}

const builtAt = changedAt(stamp);
if (inputs.flatMap(files).some((path) => changedAt(path) >= builtAt)) {
  rmSync("dist", { recursive: true, force: true });
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
    stdio: "inherit",
  });
  writeFileSync(stamp, "");
}
