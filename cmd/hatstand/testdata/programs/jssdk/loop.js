// A program that runs longer than its credentials live. For each line of its standard input it asks STS, at the endpoint
// URL that is its argument, who it is, and prints the ARN. It runs where package.json was installed.
const { createInterface } = require("node:readline");
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");

const client = new STSClient({ endpoint: process.argv[2] });
(async () => {
  for await (const _ of createInterface({ input: process.stdin })) {
    try {
      const who = await client.send(new GetCallerIdentityCommand({}));
      console.log(who.Arn);
    } catch (err) {
      console.log("error:", err.message);
    }
  }
})();
