// Asks STS, at the endpoint URL that is the second argument, who it is as the profile that is the first ("" for
// whoever the environment says), and prints the ARN. It runs where package.json was installed.
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
const { fromIni } = require("@aws-sdk/credential-providers");

const [profile, endpoint] = process.argv.slice(2);
const client = new STSClient(profile ? { endpoint, profile, credentials: fromIni({ profile }) } : { endpoint });
client.send(new GetCallerIdentityCommand({})).then(
  (who) => console.log(who.Arn),
  (err) => {
    console.error(err.message);
    process.exitCode = 1;
  },
);
