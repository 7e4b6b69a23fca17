import type { Template } from './consumer.js';
import { java } from './literals.js';
import { ONLY_PARSED, libraryNotes, cannotDecrypt } from './notes.js';

/** Spring Security 6 or 7 (Spring Boot 3 or 4). */
export const spring: Template = (consumer) => {
  const { issuer, audience, jwksUri, introspectionUri, algorithms } = consumer;
  const { jwksMaxAge, leeway, maxLifetime } = consumer;
  return {
    filename: 'SignetSecurity.java',
    install:
      'In build.gradle: implementation("org.springframework.boot:spring-boot-starter-oauth2-resource-server")',
    code: String.raw`// Lets Spring Security take Signet's access tokens: the beans signetJwtDecoder and signetFilterChain.
// A granted action is the authority SCOPE_..., so hasAuthority("SCOPE_read") asks for "read".
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;

@Configuration
public class SignetSecurity {
    static final String ISSUER = ${java(issuer)};
    static final String AUDIENCE = ${java(audience)};
    static final String JWKS_URL = ${java(jwksUri)};
    static final String INTROSPECTION_URL = ${java(introspectionUri)};
    static final Set<JWSAlgorithm> ALGORITHMS = Set.of(${algorithms.map((name) => `JWSAlgorithm.parse(${java(name)})`).join(', ')});
    static final Duration JWKS_MAX_AGE = Duration.ofSeconds(${jwksMaxAge});
    static final Duration LEEWAY = Duration.ofSeconds(${leeway});
    static final Duration MAX_LIFETIME = Duration.ofSeconds(${maxLifetime});
    static final int TIMEOUT_MS = 3000;

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofMillis(TIMEOUT_MS)).build();
    private final String authorization = authorization();

    @Bean
    SecurityFilterChain signetFilterChain(HttpSecurity http) throws Exception {
        return http
            .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
            .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
            .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
            .csrf(csrf -> csrf.disable()) // no cookies: the token is in the Authorization header
            .build();
    }

    @Bean
    JwtDecoder signetJwtDecoder() throws IOException {
        // The limit holds whatever kids arrive; milliseconds.
        JWKSource<SecurityContext> keys = JWKSourceBuilder
            .create(URI.create(JWKS_URL).toURL(), new DefaultResourceRetriever(TIMEOUT_MS, TIMEOUT_MS))
            .cache(JWKS_MAX_AGE.toMillis(), 15_000)
            .refreshAheadCache(false)
            .rateLimited(${Math.min(10_000, jwksMaxAge * 500)})
            .build();
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        // Without this, Nimbus takes "JWT" only, and refuses every access token of RFC 9068.
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
        processor.setJWTClaimsSetVerifier((claims, context) -> {}); // they are validated below
        NimbusJwtDecoder decoder = new NimbusJwtDecoder(processor);
        decoder.setJwtValidator(this::validate);
        return decoder;
    }

    /** One validator, since Spring asks all of them: Signet is asked about good tokens only. */
    private OAuth2TokenValidatorResult validate(Jwt jwt) {
        return isForUs(jwt) && isActive(jwt.getTokenValue())
            ? OAuth2TokenValidatorResult.success()
            : OAuth2TokenValidatorResult.failure(new OAuth2Error("invalid_token", "The access token is not valid", null));
    }

    private static boolean isForUs(Jwt jwt) {
        Instant now = Instant.now();
        Instant issuedAt = jwt.getIssuedAt();
        Instant expiresAt = jwt.getExpiresAt();
        Instant notBefore = jwt.getNotBefore();
        return issuedAt != null
            && expiresAt != null
            && now.isBefore(expiresAt.plus(LEEWAY))
            && !now.isBefore(issuedAt.minus(LEEWAY))
            && (notBefore == null || !now.isBefore(notBefore.minus(LEEWAY)))
            && Duration.between(issuedAt, expiresAt).compareTo(MAX_LIFETIME) <= 0
            && ISSUER.equals(jwt.getClaimAsString("iss"))
            && List.of(AUDIENCE).equals(jwt.getAudience())
            && jwt.getSubject() != null
            && jwt.getId() != null;
    }

    /** Whether the token was not revoked (RFC 7662). When that cannot be known, the request fails (500), and is not let in. */
    private boolean isActive(String token) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(INTROSPECTION_URL))
            .timeout(Duration.ofMillis(TIMEOUT_MS))
            .header("Authorization", authorization)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("token=" + encode(token)))
            .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            Object active = response.statusCode() == 200 ? JSONObjectUtils.parse(response.body()).get("active") : null;
            if (active instanceof Boolean known) return known;
            throw new JwtException("Signet answered " + response.statusCode());
        } catch (IOException | ParseException e) {
            throw new JwtException("Signet cannot be asked", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JwtException("Signet cannot be asked", e);
        }
    }

    /** Of a service account that may ask about these tokens; see the notes. */
    private static String authorization() {
        String client = encode(environment("SIGNET_CLIENT_ID")) + ":" + encode(environment("SIGNET_CLIENT_SECRET"));
        return "Basic " + Base64.getEncoder().encodeToString(client.getBytes(StandardCharsets.UTF_8));
    }

    private static String environment(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) throw new IllegalStateException(name + " is not set");
        return value;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
`,
    notes: [
      ONLY_PARSED,
      'For Spring Security 6.1 and later (Spring Boot 3.1 and later), Java 17. Put it into a package of yours that is scanned. The roles are the claim "roles"; a JwtAuthenticationConverter makes authorities of them.',
      'Do not set spring.security.oauth2.resourceserver.jwt.issuer-uri or jwk-set-uri beside it: the decoder here is the whole configuration.',
      'When Signet cannot be asked, Spring Security answers 500: the request is not let in.',
      ...libraryNotes(consumer),
      ...cannotDecrypt(consumer, 'decrypt them in a BearerTokenResolver, with Nimbus'),
    ],
  };
};
