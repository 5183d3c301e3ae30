// Compiles programs with the same options. Reads the options and the programs, as arrays of files, as JSON from standard
// input, and writes the errors as JSON. Much faster than tsc, because files that several programs share are parsed once.
import { readFileSync } from "node:fs"
import ts from "typescript"

const input = JSON.parse(readFileSync(0, "utf8"))
const { options, errors } = ts.convertCompilerOptionsFromJson(input.compilerOptions, ".")
const host = ts.createCompilerHost(options)
const { getSourceFile } = host
const parsed = new Map()
host.getSourceFile = (name, ...rest) => {
  if (!parsed.has(name)) parsed.set(name, getSourceFile(name, ...rest))
  return parsed.get(name)
}
const resolutions = ts.createModuleResolutionCache(host.getCurrentDirectory(), (name) => name, options)
host.getModuleResolutionCache = () => resolutions

const toReport = ({ code, file, messageText, start }) => {
  const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 }
  const text = `error TS${code}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
  return { file: file?.fileName, line: line + 1, column: character + 1, text }
}

const diagnosticsOf = (names) => {
  const program = ts.createProgram(names, options, host)
  return [
    ...program.getOptionsDiagnostics(),
    ...names
      .map((name) => program.getSourceFile(name))
      .flatMap((file) => [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
        ...program.getDeclarationDiagnostics(file)
      ])
  ]
}

process.stdout.write(JSON.stringify([...errors, ...input.programs.flatMap(diagnosticsOf)].map(toReport)))
