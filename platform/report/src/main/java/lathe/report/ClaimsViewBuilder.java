package lathe.report;

import java.util.ArrayList;
import java.util.List;

import lathe.report.PageView.ClaimView;
import lathe.report.PageView.ClaimsView;

/** Turns judged claims into what the page shows. */
final class ClaimsViewBuilder {
    private ClaimsViewBuilder() {}

    /** @return the section; null without claims */
    static ClaimsView of(List<ClaimRow> claims) {
        return claims.isEmpty() ? null : new ClaimsView(counts(claims),
                claims.stream().map(ClaimsViewBuilder::view).toList());
    }

    /** @return such as {@code 3 hold, 1 fails} */
    static String counts(List<ClaimRow> claims) {
        List<String> parts = new ArrayList<>();
        for (ClaimVerdict verdict : ClaimVerdict.values()) {
            long count = claims.stream().filter(claim -> claim.verdict() == verdict).count();
            if (count > 0) {
                parts.add(count + " " + (count == 1 ? verdict.words() : verdict.words().replaceFirst("s$", "")));
            }
        }
        return String.join(", ", parts);
    }

    private static ClaimView view(ClaimRow claim) {
        return new ClaimView(claim.verdict().words(), tone(claim.verdict()), claim.says(), claim.where(),
                claim.condition(), claim.numbers(), claim.reason());
    }

    private static String tone(ClaimVerdict verdict) {
        return switch (verdict) {
            case HOLDS -> "holds";
            case FAILS -> "fails";
            case NOT_TESTABLE, NOT_JUDGED -> "open";
        };
    }
}
