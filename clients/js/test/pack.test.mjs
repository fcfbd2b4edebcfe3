import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import test from "node:test"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Runs a program, and fails with what it printed. */
function run(cwd, program, ...args) {
  try {
    return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}: ${error.stdout}${error.stderr}`)
  }
}

test("the package holds what it should, installs alone, and its types resolve", { timeout: 120_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "asappchat-pack-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const [{ filename, files }] = JSON.parse(run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder))
  const paths = files.map((f) => f.path)
  const sources = run(root, "ls", "src").trim().split("\n").map((name) => name.replace(/\.ts$/, ""))
  const built = sources.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`])
  assert.deepEqual(paths.sort(), ["LICENSE", "README.md", "example.html", "package.json", ...built].sort())
  assert.equal(readFileSync(join(root, "LICENSE"), "utf8"), readFileSync(join(root, "../../LICENSE"), "utf8"))

  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}')
  run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", "--no-package-lock", `./${filename}`)
  const program = `import * as all from "asappchat"; console.log(typeof all.connect, typeof all.Mirror, new all.ChatError("closed", "") instanceof Error)`
  assert.equal(run(folder, process.execPath, "--input-type=module", "--eval", program), "function function true\n")
  assert.deepEqual(run(folder, "ls", "node_modules").trim().split("\n"), ["asappchat"])

  mkdirSync(join(folder, "src"))
  copyFileSync(join(root, "test/consumer.ts"), join(folder, "src/consumer.ts"))
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  const flags = ["--strict", "--noEmit", "--exactOptionalPropertyTypes", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.AsyncIterable"]
  for (const resolution of [["--module", "NodeNext"], ["--module", "ESNext", "--moduleResolution", "Bundler"]]) {
    run(folder, process.execPath, tsc, ...flags, ...resolution, "src/consumer.ts")
  }
})

test("nothing that runs is a dependency, and nothing points out of the package", () => {
  const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  assert.deepEqual([dependencies, peerDependencies, optionalDependencies], [undefined, undefined, undefined])
  for (const name of run(root, "ls", "dist").trim().split("\n")) {
    const text = readFileSync(join(root, "dist", name), "utf8")
    assert.doesNotMatch(text, /sourceMappingURL/, name)
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^"]*from "([^"]+)"/gm)) assert.match(from, /^\.\/[\w.]+\.js$/, name)
  }
})
