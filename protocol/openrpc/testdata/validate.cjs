// Validates an OpenRPC document, read from stdin, with the meta-schemas that
// the OpenRPC project publishes: that of 1.4, and the last one that the package
// @open-rpc/meta-schema has, which is of 1.3 and knows no later version. Prints
// what is wrong.
const Ajv = require("ajv");
const dialect = require("@json-schema-tools/meta-schema").default;

function problems(meta, document) {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { uri: URL.canParse, "uri-reference": true, regex: true } });
  ajv.addMetaSchema(dialect);
  ajv.addSchema({ ...dialect, $id: undefined }, "https://meta.json-schema.tools"); // as it is referred to
  const validate = ajv.compile(meta);
  return validate(document) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.message}`);
}

const document = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = [
  ...problems(require("@open-rpc/spec/1_4/schema.json"), document),
  ...problems(require("@open-rpc/meta-schema").openrpcDocument, { ...document, openrpc: "1.3.2" }),
];
for (const problem of found) console.log(problem);
