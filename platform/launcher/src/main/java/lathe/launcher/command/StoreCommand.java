package lathe.launcher.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import lathe.launcher.ExitCode;
import lathe.runtime.graph.ByteSize;
import lathe.runtime.store.ArtifactStore;
import lathe.runtime.store.StoreCleaning;
import lathe.runtime.store.StoreInventory;

/** {@code lathe store}: what the store of the results holds, and what of it may go. */
@Command(name = "store", description = "List, measure, check and clean the store that reruns take results from.")
final class StoreCommand implements Runnable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm")
            .withZone(ZoneId.systemDefault());
    private static final Pattern AGE = Pattern.compile("(\\d{1,6})\\s*([mhdw])");
    private static final int ADDRESS = 12;

    @Spec
    private CommandSpec spec;

    /** Called when nothing was said to be done. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do with the store: ls, du, gc or verify.");
    }

    /** Which store. */
    static final class Place {
        @Option(names = "--runs", paramLabel = "DIR", description = "The runs whose store is meant (default: ${DEFAULT-VALUE}).")
        private Path runs = Path.of("runs");

        private ArtifactStore store() {
            return ArtifactStore.existing(runs.resolve(".store"));
        }

        private List<StoreInventory.Item> items() {
            return StoreInventory.of(store(), runs).items();
        }
    }

    @Command(name = "ls", description = "List every stored result: address, what made it, size, when, and how many runs refer to it.")
    int list(@Mixin Place place) {
        TextTable table = new TextTable("address", "does", "node", "size", "stored", "runs");
        for (StoreInventory.Item item : place.items()) {
            table.row(shown(item.artifact().address()), item.verb(), item.artifact().node(),
                    ByteSize.shown(item.bytes()),
                    TIME.format(item.artifact().created()), Integer.toString(item.runs().size()));
        }
        return print(table);
    }

    @Command(name = "du", description = "Say what takes how much room.")
    int measure(@Mixin Place place) {
        Map<String, long[]> sums = new LinkedHashMap<>();
        for (StoreInventory.Item item : place.items()) {
            long[] sum = sums.computeIfAbsent(item.verb(), verb -> new long[3]);
            sum[0]++;
            sum[1] += item.bytes();
            sum[2] += item.runs().isEmpty() ? item.bytes() : 0;
        }
        TextTable table = new TextTable("results of", "number", "size", "of that no run refers to");
        long[] all = new long[3];
        sums.forEach((verb, sum) -> {
            table.row(verb, Long.toString(sum[0]), ByteSize.shown(sum[1]), ByteSize.shown(sum[2]));
            for (int i = 0; i < all.length; i++) {
                all[i] += sum[i];
            }
        });
        table.row("all", Long.toString(all[0]), ByteSize.shown(all[1]), ByteSize.shown(all[2]));
        long damaged = StoreInventory.bytes(place.store().quarantine());
        if (damaged > 0) {
            table.row("quarantine", "", ByteSize.shown(damaged), "");
        }
        return print(table);
    }

    @Command(name = "verify", description = "Check every file of every stored result; what is damaged is moved to quarantine.")
    int verify(@Mixin Place place) {
        ArtifactStore store = place.store();
        int before = place.items().size();
        List<String> damaged = store.verify();
        PrintWriter out = spec.commandLine().getOut();
        damaged.forEach(out::println);
        String said = damaged.size() == 1
                ? "1 result was damaged and lies in "
                : damaged.size() + " results were damaged and lie in ";
        out.println(damaged.isEmpty()
                ? "All " + before + " results are as they were written."
                : said + store.quarantine() + " now; " + store.list().size() + " are as they were written.");
        out.flush();
        return damaged.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    @Command(name = "gc", description = {
        "Remove results that are old, that no run refers to, or that are too much for a size; reruns compute them again.",
        "Say at least one of --older-than, --unreferenced, --max-size; where several are said, all must be true."
    })
    int clean(@Mixin Place place,
            @Option(names = "--older-than", paramLabel = "AGE", description = "Only results that were stored before that: 90m, 12h, 30d, 8w.") String age,
            @Option(names = "--unreferenced", description = "Only results that no run in the folder refers to.") boolean unreferenced,
            @Option(names = "--max-size", paramLabel = "SIZE", description = "Only as many, the oldest first, that the others fit: 500MiB, 20GiB.") String size,
            @Option(names = "--quarantine", description = "Damaged results that were moved away, too.") boolean quarantine,
            @Option(names = "--dry-run", description = "Only say what would be removed.") boolean dryRun) {
        if (age == null && size == null && !unreferenced && !quarantine) {
            throw new ParameterException(spec.commandLine().getSubcommands().get("gc"),
                    "Say what may go: --older-than AGE, --unreferenced, --max-size SIZE or --quarantine.");
        }
        ArtifactStore store = place.store();
        boolean results = age != null || size != null || unreferenced;
        StoreCleaning cleaning = new StoreCleaning(Optional.ofNullable(age).map(this::age), unreferenced,
                Optional.ofNullable(size).map(this::size));
        List<StoreInventory.Item> chosen = results ? cleaning.choose(place.items(), Instant.now()) : List.of();
        TextTable table = new TextTable("address", "does", "node", "size", "stored");
        long bytes = store.sweep(Instant.now(), !dryRun) + (quarantine ? StoreInventory.bytes(store.quarantine()) : 0);
        for (StoreInventory.Item item : chosen) {
            table.row(shown(item.artifact().address()), item.verb(), item.artifact().node(),
                    ByteSize.shown(item.bytes()),
                    TIME.format(item.artifact().created()));
            bytes += item.bytes();
            if (!dryRun) {
                store.remove(item.artifact());
            }
        }
        if (quarantine && !dryRun) {
            store.clearQuarantine();
        }
        PrintWriter out = spec.commandLine().getOut();
        if (!chosen.isEmpty()) {
            table.print(out);
            out.println();
        }
        out.println(chosen.size() + (chosen.size() == 1 ? " result" : " results")
                + (dryRun ? " would be removed, " : " removed, ")
                + ByteSize.shown(bytes) + (dryRun ? " would be free." : " are free."));
        out.flush();
        return ExitCode.DONE;
    }

    private Duration age(String text) {
        Matcher matcher = AGE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new ParameterException(spec.commandLine(),
                    "--older-than is a number with m, h, d or w (minutes, hours, days, weeks), such as 30d, not " + text
                            + ".");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofDays(7 * number);
        };
    }

    private long size(String text) {
        return ByteSize.parse(text).orElseThrow(() -> new ParameterException(spec.commandLine(),
                "--max-size is a number of bytes, such as 500MiB or 20GiB, not " + text + "."));
    }

    private int print(TextTable table) {
        PrintWriter out = spec.commandLine().getOut();
        table.print(out);
        out.flush();
        return ExitCode.DONE;
    }

    private static String shown(String address) {
        int block = address.indexOf("-block-");
        String start = address.substring(0, Math.min(ADDRESS, block < 0 ? address.length() : block));
        return block < 0 ? start : start + address.substring(block);
    }
}
