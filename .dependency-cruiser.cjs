// Which module may import which; CONTRIBUTING.md says it in words.
const core = "^packages/core/"
const client = "^packages/client/"
const emulator = "^packages/emulator/"
const gateway = "^packages/gateway/"
const settings = "^packages/settings/"
const fleet = "^packages/fleet/"
const cli = "^apps/cli/"
const http = "^apps/http/"
const anySrc = "^(packages|apps)/[^/]+/src/"

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to })
const apart = (name, comment, from, ...targets) =>
  forbid(name, comment, { path: `${from}src/` }, { path: targets.join("|") })

const clientWithoutNode = { path: `${client}src/`, pathNot: `${client}src/node(\\.ts$|/)` }

module.exports = {
  forbidden: [
    forbid("no-cycles", "modules that import each other load in no good order", {}, { circular: true }),
    forbid("no-unresolved", "this import leads nowhere", {}, { couldNotResolve: true }),
    apart(
      "core-alone",
      "core imports no other package of the workspace",
      core,
      client,
      emulator,
      gateway,
      settings,
      fleet,
      cli,
      http
    ),
    apart("client-on-core", "client imports core only", client, emulator, gateway, settings, fleet, cli, http),
    apart(
      "emulator-on-core",
      "emulator imports core only: a mistake shared with client would hide",
      emulator,
      client,
      gateway,
      settings,
      fleet,
      cli,
      http
    ),
    apart(
      "gateway-on-client",
      "gateway imports core and client; emulator in its tests only",
      gateway,
      emulator,
      settings,
      fleet,
      cli,
      http
    ),
    apart(
      "settings-on-client",
      "settings imports core and client; emulator in its tests only",
      settings,
      emulator,
      gateway,
      fleet,
      cli,
      http
    ),
    apart(
      "fleet-on-client",
      "fleet imports core and client; emulator in its tests only",
      fleet,
      emulator,
      gateway,
      settings,
      cli,
      http
    ),
    apart("cli-alone", "the apps do not import each other, nor cli the gateway", cli, gateway, http),
    apart(
      "http-alone",
      "the apps do not import each other, nor http, outside its tests, the emulator",
      http,
      cli,
      emulator
    ),
    forbid("core-without-node", "core does no I/O", { path: `${core}src/` }, { dependencyTypes: ["core"] }),
    forbid("client-without-node", "only the /node entry of client may need Node", clientWithoutNode, {
      dependencyTypes: ["core"]
    }),
    forbid("client-without-platform-node", "only the /node entry of client may need Node", clientWithoutNode, {
      path: "node_modules/@effect/platform-node"
    }),
    forbid(
      "redis-if-wanted",
      "ioredis need not be installed where no Redis is used",
      { path: `${gateway}src/(index|node)\\.ts$` },
      { path: "(^|/)ioredis/", reachable: true }
    ),
    forbid(
      "node-http-without-undici",
      "a program that uses node:http loads no undici, and its bundle has none",
      { path: `${client}src/node/NodeHttp\\.ts$` },
      { path: "UndiciTransport\\.ts$|platform-node/dist/.*/(NodeHttpClient|Undici|index)\\.", reachable: true }
    ),
    forbid("src-without-tests", "what is published imports no tests", { path: anySrc }, { path: "(^|/)test/" }),
    forbid(
      "declared",
      "its package.json does not name this package",
      {},
      {
        dependencyTypes: ["npm-no-pkg", "npm-unknown"],
        // An entry in peerDependenciesMeta counts as npm-no-pkg as well.
        dependencyTypesNot: ["npm", "npm-peer", "npm-dev", "npm-optional"]
      }
    ),
    forbid(
      "declared-for-users",
      "a library's src imports dependencies and peerDependencies only; who installs it has nothing else",
      // The commands are bundled, and so may import anything.
      { path: anySrc, pathNot: [`${cli}src/`, `${http}src/`] },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer"] }
    )
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|apps)/[^/]+/dist/|^(packages|apps|test)/.*(fixtures|golden)/" },
    // Imports of types count too: they shape what may change together.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] }
  }
}
