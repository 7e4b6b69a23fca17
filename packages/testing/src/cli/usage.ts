/** What `--help` prints. */
export const USAGE = `signet-probe tells whether a service refuses the tokens that it must refuse.

  signet-probe mock --url URL --audience ID --port PORT [options]
      starts a mock issuer at http://127.0.0.1:PORT, which the service has to trust
  signet-probe live --url URL --issuer URL --client-id ID --resource ID [options]
      uses tokens of a real Signet; SIGNET_CLIENT_SECRET holds the secret

The service
  --url URL                 a route that wants a token and changes nothing
  --method METHOD           instead of GET
  --header "Name: value"    sent each time; may be repeated
  --body TEXT               sent each time
  --timeout 10s             until a request without an answer is given up
  --revocation-bound 5s     how long after a revocation it may still take a token;
                            revocation is not tested without
  --known-gap CHECK         a check that it is known to fail; may be repeated
  --json                    a report for programs

With mock
  --issuer URL              what the tokens say, when it is not http://127.0.0.1:PORT
  --algorithm ES256         or ES384, RS256, PS256
  --scope "read write"      what the good tokens say
  --roles editor,viewer     what the good tokens say
  --wait-for-service 30s    until the service answers

With live
  --client-secret-file FILE instead of SIGNET_CLIENT_SECRET
  --scope "read write"      what to ask for
  --other-resource ID       a resource whose tokens the service must refuse
  --refresh-token-file FILE a refresh token, which the service must refuse
  --wait-for-expiry 11m     wait so long for a token to end

Exit code: 0 nothing failed, 1 a check failed, 2 nothing could be checked.`;
