// Judges IAM requests against identity policies: JSON on standard input, JSON on standard output.
// in:  {"account", "policies": {PRINCIPAL: [document, ...]}, "requests": [{"principal", "action", "resource", "context"}]}
// out: [{"allowed": bool, "statements": [SID, ...], "error": str | null}], one for each request, in order
const { runSimulation } = require("@cloud-copilot/iam-simulate");

async function judge({ account, policies, requests }) {
  const everything = {
    orgIdentifier: "r-none",
    policies: [
      {
        name: "everything",
        policy: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } },
      },
    ],
  };
  const verdicts = [];
  for (const { principal, action, resource, context } of requests) {
    const result = await runSimulation(
      {
        request: {
          principal: `arn:aws:sts::${account}:assumed-role/${principal}/session`,
          action,
          resource: { resource, accountId: account },
          contextVariables: context,
        },
        identityPolicies: policies[principal].map((policy, index) => ({ name: `${principal}-${index}`, policy })),
        serviceControlPolicies: [everything],
        resourceControlPolicies: [],
      },
      { simulationMode: "Strict" },
    );
    verdicts.push(verdict(result));
  }
  return verdicts;
}

function verdict(result) {
  if (result.resultType === "error") {
    return { allowed: false, statements: [], error: JSON.stringify(result.errors) };
  }
  const results = result.resultType === "single" ? [result.result] : result.results;
  const allows = results.flatMap((one) => one.analysis?.identityAnalysis?.allowStatements ?? []);
  return {
    allowed: result.overallResult === "Allowed",
    statements: [...new Set(allows.map((allow) => allow.statement.sid()))],
    error: null,
  };
}

let text = "";
process.stdin.on("data", (chunk) => (text += chunk));
process.stdin.on("end", async () => {
  process.stdout.write(JSON.stringify(await judge(JSON.parse(text))));
});
