// Prints what the JS SDK takes from aws login's file for a profile, renewed if it has expired.
import { fromLoginCredentials } from "@aws-sdk/credential-provider-login";

const provider = fromLoginCredentials({ profile: process.argv[2] });
const c = await provider({ callerClientConfig: { region: async () => "eu-west-1" } });
console.log(JSON.stringify({ id: c.accessKeyId, account: c.accountId, expires: c.expiration }));
