// Only what Biome cannot say: rules that need types, and the dependency arrows of the design.
import tseslint from "typescript-eslint";

const pureGlobals = ["process", "console", "fetch", "setTimeout", "setInterval", "setImmediate", "Date", "performance", "crypto", "require", "Buffer"].map(
  (name) => ({ name, message: "planners and the decision core are pure: take it as an argument." }),
);
const randomness = [{ object: "Math", property: "random", message: "inject it." }];
const wallClock = [...randomness, { object: "Date", property: "now", message: "inject a Clock." }];

/** Folders that the files of `from` may not import. */
function arrows(files, forbidden, message) {
  return {
    files,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
  };
}

export default tseslint.config(
  { ignores: ["node_modules/**", "dist/**", ".rayfleet/**", "reports/**", "test/fixtures/**", "**/*.mjs", "**/*.js"] },
  {
    files: ["**/*.ts"],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "@typescript-eslint": tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/restrict-plus-operands": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-base-to-string": "error",
    },
  },
  {
    files: ["components/plan/**/*.ts", "autoscaler-agent/decide/**/*.ts"],
    rules: { "no-restricted-globals": ["error", ...pureGlobals], "no-restricted-properties": ["error", ...randomness] },
  },
  {
    files: ["autoscaler-agent/**/*.ts", "node-service/**/*.ts"],
    ignores: ["**/main.ts", "**/systemClock.ts", "autoscaler-agent/decide/**"],
    rules: { "no-restricted-properties": ["error", ...wallClock] },
  },
  arrows(["contract/**/*.ts"], "^(?!zod$|\\./)", "contracts import zod and each other only."),
  arrows(["contract/*/**/*.ts"], "^(?!zod$|@kubernetes/client-node$|\\.{1,2}/[a-zA-Z/]+$)", "contracts import zod, types of Kubernetes' objects and each other only."),
  arrows(["components/plan/**/*.ts"], "^(?!\\.{1,2}/(\\.\\./)?(contract/|[a-zA-Z]+$|data/)|\\./)", "planners import contracts and planners only."),
  arrows(["components/plan/kubernetes/*.ts"], "^(?!\\./|\\.\\./(monitoring/)?[a-zA-Z]+$|\\.\\./\\.\\./\\.\\./contract/)", "planners import contracts and planners only."),
  arrows(["components/plan/kubernetes/rules/**/*.ts"], "^(?!\\./|(\\.\\./){1,2}[a-zA-Z]+$|(\\.\\./){4}contract/)", "planners import contracts and planners only."),
  arrows(["autoscaler-agent/decide/*.ts"], "^(?!\\./(bound/)?[a-zA-Z]+$|\\.\\./\\.\\./contract/)", "the chooser imports contracts, its bound and itself only."),
  arrows(["autoscaler-agent/decide/bound/*.ts"], "^(?!\\.{1,2}/[a-zA-Z]+$)", "the bound imports the chooser's words and itself only."),
  arrows(["autoscaler-agent/decide/tick/*.ts"], "^(?!\\./|\\.\\./\\.\\./\\.\\./contract/|\\.\\./\\.\\./(ray|nodeGroups)/[a-zA-Z]+$)", "what a tick makes of what was read imports contracts, what is read, and itself only."),
  arrows(["components/{aws,kubernetes}/**/*.ts", "components/*.ts", "index.ts", "config.ts"], "/(autoscaler-agent|node-service|emulator|cli|kuberay-provider|pulumi-protocol)/", "the program shares contracts with the machines, not code."),
  arrows(["autoscaler-agent/*.ts", "autoscaler-agent/{kubernetes,ray,nodeGroups,report,recorder}/**/*.ts"], "/(components|node-service|emulator|cli)/|@pulumi/", "the agent shares contracts with the program, not code."),
  arrows(["kuberay-provider/**/*.ts", "pulumi-protocol/**/*.ts"], "/(autoscaler-agent|node-service|emulator|cli)/", "the providers share plans and contracts with the program, and the protocol with each other."),
  arrows(["kubernetes-api/**/*.ts"], "^(?!\\./|node:)", "calls of an API server know nothing of who makes them."),
  arrows(["node-service/**/*.ts"], "/(components|autoscaler-agent|emulator|cli)/|@pulumi/", "the node service shares contracts with the program, not code."),
);
