import { defineConfig } from "tsup";

const common = {
  entry: ["src/index.ts", "src/express.ts", "src/grpc.ts"],
  target: "node18",
  dts: true,
};

export default defineConfig([
  { ...common, format: "esm", splitting: true },
  { ...common, format: "cjs", splitting: false },
]);
