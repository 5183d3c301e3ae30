import { execFile, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Either } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { parse, parseAllDocuments } from "yaml"
import * as GatewayCommandLine from "../apps/http/src/GatewayCommandLine.js"
import * as GatewaySettings from "../apps/http/src/GatewaySettings.js"
import { names, settings } from "../apps/http/src/SettingDefinitions.js"
import { read, root } from "./markdown.js"
import { isInstalled } from "./tools.js"

const run = (tool: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(tool, args, { cwd: root, encoding: "utf8" })
  return { status, output: `${stdout}${stderr}` }
}

const folder = mkdtempSync(join(tmpdir(), "hotspot-session-deploy-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** The gateway's settings for a command line and an environment of `deploy/`. */
const settingsOf = (args: ReadonlyArray<string>, environment: Record<string, string>) => {
  const flags = Either.getOrThrow(GatewayCommandLine.parse(args)) as GatewaySettings.Flags
  return Effect.runSync(GatewaySettings.resolve(flags, environment))
}

describe("deploy/Dockerfile", () => {
  const instructions = read("deploy/Dockerfile")
    .split("\n")
    .flatMap((line) => /^([A-Z]+) (.*)$/.exec(line)?.slice(1, 3) ?? [])
  const valuesOf = (name: string) =>
    instructions.flatMap((text, index) => (instructions[index - 1] === name ? [text] : []))

  it("copies only built files, which are all that the context has, and runs as another user than root", () => {
    const copied = valuesOf("COPY").flatMap((text) => text.split(" ").slice(0, -1))
    const included = read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
    expect(included).toEqual(["*", ...copied.map((path) => `!${path}`)])
    expect(copied.every((path) => path.startsWith("apps/http/dist/"))).toBe(true)
    expect(Number(valuesOf("USER")[0]?.split(":")[0])).toBeGreaterThan(0)
    expect(instructions.lastIndexOf("USER")).toBeLessThan(instructions.indexOf("ENTRYPOINT"))
    expect(JSON.parse(valuesOf("ENTRYPOINT")[0] ?? "")).toEqual(["node", "/app/hotspot-session-http.js"])
  })

  it("checks the health on the port that the variable sets", async () => {
    let status = 200
    const server = createServer(({ url }, response) => {
      response.writeHead(url === "/livez" ? status : 404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    // A server on a port has no other kind of address.
    const { port } = server.address() as AddressInfo
    const [, ...args] = JSON.parse((valuesOf("HEALTHCHECK")[0] ?? "").replace("CMD ", ""))
    const env = { [settings.port.variable]: String(port), [settings.host.variable]: "0.0.0.0" }
    const check = () =>
      new Promise((resolve) => {
        execFile(process.execPath, args, { env }).once("exit", resolve)
      })
    expect(await check()).toBe(0)
    status = 503
    expect(await check()).toBe(1)
    await new Promise((resolve) => server.close(resolve))
    expect(await check()).toBe(1)
  })
})

describe("deploy/systemd", () => {
  const unit = read("deploy/systemd/hotspot-session-http.service")
  const valueOf = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? ""

  it.skipIf(!isInstalled("systemd-analyze"))("is valid for systemd, which only misses the command", () => {
    const path = join(folder, "hotspot-session-http.service")
    writeFileSync(path, unit.replace("/usr/local/bin/hotspot-session-http", "/bin/true"))
    expect(run("systemd-analyze", "verify", path)).toEqual({ status: 0, output: "" })
  })

  it("starts what the documentation installs, with options that exist, and gives it time to drain", () => {
    const [command = "", ...args] = valueOf("ExecStart").split(" ")
    expect(read("docs/gateway.md")).toContain(`dist/hotspot-session-http.js ${command}\n`)
    const { drain } = settingsOf(args, { HOTSPOT_SESSION_REGION: "cn-north-4" })
    expect(Number(valueOf("TimeoutStopSec")) * 1_000).toBeGreaterThan(drain)
    expect(valueOf("ExecReload")).toContain("-HUP")
    expect(Number(valueOf("RestartSec"))).toBeGreaterThan(0)
  })

  it("finds no home, rather than one that cannot be read, in which settings and credentials are an error", () => {
    // `yes` mounts a folder without permissions over /home, in which the user's home is.
    expect(valueOf("ProtectHome")).toBe("tmpfs")
  })

  it("is not killed for a system call that it can do without", () => {
    expect([valueOf("SystemCallFilter"), valueOf("SystemCallErrorNumber")]).toEqual(["@system-service", "EPERM"])
  })
})

describe("deploy/kubernetes", () => {
  const documents = parseAllDocuments(read("deploy/kubernetes/gateway.yaml")).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
  const [deployment, service, budget] = documents
  const { spec } = deployment.spec.template
  const [container] = spec.containers
  const environment: Record<string, string> = Object.fromEntries(
    container.env.map(({ name, value }: { name: string; value: unknown }) => [name, value])
  )

  it("has a deployment, its service and its disruption budget, which select the same pods", () => {
    expect(documents.map(({ apiVersion, kind }) => [apiVersion, kind])).toEqual([
      ["apps/v1", "Deployment"],
      ["v1", "Service"],
      ["policy/v1", "PodDisruptionBudget"]
    ])
    const { labels } = deployment.spec.template.metadata
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels
    ]) {
      expect(selector).toEqual(labels)
    }
    expect(budget.spec.minAvailable).toBeLessThan(deployment.spec.replicas)
  })

  it("sets variables that exist, as strings, to valid values, and ports that the gateway listens on", () => {
    const variables = [...names.map((name) => settings[name].variable), "HUAWEICLOUD_SDK_CREDENTIALS_FILE"]
    expect(Object.keys(environment).filter((name) => !variables.includes(name))).toEqual([])
    expect(Object.values(environment).filter((value) => typeof value !== "string")).toEqual([])
    const { drain, drainDelay, host, metrics, port } = settingsOf([], environment)
    expect(host).toBe("0.0.0.0")
    const ports = container.ports.map(({ containerPort, name }: Record<string, unknown>) => [name, containerPort])
    expect(ports).toEqual([
      ["http", port],
      ["metrics", metrics]
    ])
    expect(service.spec.ports[0].targetPort).toBe("http")
    expect(spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(drain + drainDelay)
  })

  it("gets no variables from its service, whose HOTSPOT_SESSION_HTTP_PORT would be an invalid port", () => {
    const linked = `${service.metadata.name.toUpperCase().replaceAll("-", "_")}_PORT`
    expect(linked).toBe(settings.port.variable)
    expect(spec.enableServiceLinks).toBe(false)
    expect(() => settingsOf([], { ...environment, [linked]: "tcp://10.0.0.1:80" })).toThrow(linked)
  })

  it("has its secrets as files in a folder, probes, and no rights", () => {
    const [mount] = container.volumeMounts
    for (const name of ["HOTSPOT_SESSION_HTTP_API_KEYS_FILE", "HUAWEICLOUD_SDK_CREDENTIALS_FILE"]) {
      expect(environment[name]?.startsWith(`${mount.mountPath}/`)).toBe(true)
    }
    expect(mount).not.toHaveProperty("subPath")
    const [volume] = spec.volumes
    expect([volume.name, volume.secret.defaultMode]).toEqual([mount.name, 0o440])
    expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "http" })
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" })
    expect(spec.securityContext.runAsNonRoot).toBe(true)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
  })
})

describe("deploy/prometheus", () => {
  const rules: ReadonlyArray<{ readonly alert: string; readonly expr: string }> = parse(
    read("deploy/prometheus/alerts.yaml")
  ).groups.flatMap(({ rules }: { rules: unknown }) => rules)

  it.skipIf(!isInstalled("promtool"))(
    "has rules of which each fires in its test, and does not for a healthy gateway",
    () => {
      expect(run("promtool", "test", "rules", "deploy/prometheus/alerts.test.yaml")).toMatchObject({ status: 0 })
    }
  )

  it("is for the port that the documentation scrapes", () => {
    const { port } = settingsOf([], { HOTSPOT_SESSION_REGION: "cn-north-4" })
    expect(read("docs/gateway.md")).toContain(`- targets: ["127.0.0.1:${port}"]`)
  })

  it("has a test that fires and one that does not for each rule, which uses only documented metrics", () => {
    const tests: ReadonlyArray<{
      alert_rule_test: ReadonlyArray<{ alertname: string; exp_alerts: ReadonlyArray<unknown> }>
    }> = parse(read("deploy/prometheus/alerts.test.yaml")).tests
    const tested = tests.flatMap(({ alert_rule_test }) =>
      alert_rule_test.map(({ alertname, exp_alerts }) => `${alertname} ${exp_alerts.length}`)
    )
    expect([...new Set(tested)].sort()).toEqual(rules.flatMap(({ alert }) => [`${alert} 0`, `${alert} 1`]).sort())
    const documents = read("docs/gateway.md")
    const used = rules.flatMap(({ expr }) => expr.match(/\b(?:hotspot_session|process|nodejs)_\w+/g) ?? [])
    const unknown = used
      .map((name) => name.replace("hotspot_session_gateway_", "").replace(/_bucket$/, ""))
      .filter((name) => !documents.includes(name))
    expect(unknown).toEqual([])
  })
})
