/** The bench from end to end in a tiny world, for figures that nobody looks at. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../src/config.ts";

const run = promisify(execFile);
const folder = mkdtempSync(path.join(os.tmpdir(), "kith-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bench = (...args: string[]) =>
  run(process.execPath, ["--import", "tsx", "scripts/bench.ts", ...args], {
    cwd: projectRoot,
    timeout: 850_000,
  });

describe("the bench", () => {
  it("compares the three servers, measures every operation, and writes the figures and their plot down", async () => {
    await run(process.execPath, ["scripts/build.mjs"], { cwd: projectRoot });
    const { stdout } = await bench("--scale=0.005", "--seconds=0.1", "--rounds=1", `--out=${folder}`);
    const report = readFileSync(path.join(folder, "bench.md"), "utf8");
    const plot = readFileSync(path.join(folder, "bench.svg"), "utf8");
    for (const name of ["profile", "circle", "inbox", "messages", "send", "fan-out"]) {
      expect(stdout).toContain(`${name}: round 1 of 1, this server`);
      expect(plot).toContain(`>${name}</text>`);
    }
    expect(stdout).toMatch(/they do: \d{3} queries and 8 sends compared/);
    expect(report.match(/\| this server \| [\d,]+ \|/g)).toHaveLength(6);
    expect(report).toContain("live subscriptions");
    expect(stdout).toContain("pace: round 1 of 1, this server");
    expect(report).toMatch(/^\| this server \| [\d,.]+ \| [\d,.]+ \| [\d,.]+ \| .*250 ms \|$/m);
    expect(report).toMatch(/^\| 1,000 \| .* reached: at most under 600 MB \|$/m);
    for (const name of [
      "A page of 20 friends",
      "Mutual friends",
      "suggestions",
      "Search",
      "feed of friends",
      "feed chosen for the viewer",
      "shared with the viewer",
      "What friends did",
      "talked about",
    ]) {
      expect(report.match(new RegExp(`^\\| [^|]*${name}[^|]* \\| [\\d,]+ \\|`, "gm"))).toHaveLength(3);
    }
    expect(report).toMatch(/^\| 8 \| [\d,]+ \| [\d,]+ \| [\d.]+ times \|$/m);
  }, 900_000);

  it("says what is wrong with its options, all at once, and measures nothing", async () => {
    const refused = bench("--scale=0", "--rounds=1.5", "--only=everything");
    await expect(refused).rejects.toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(/--scale .*--rounds .*--only /),
    });
  });
});
