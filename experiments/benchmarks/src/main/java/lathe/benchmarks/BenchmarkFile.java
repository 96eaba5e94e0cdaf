package lathe.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import lathe.engine.Engine;

/** Measurements as JSON: the machine, then one flat record a case, then the bars. */
final class BenchmarkFile {
    private BenchmarkFile() {}

    /**
     * Writes.
     *
     * @param measurements all of a run
     * @param quick        whether it was a quick one
     * @param file         replaced
     * @throws IOException if it cannot be written
     */
    static void write(List<Measurement> measurements, boolean quick, Path file) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", Engine.shared().description());
        all.put("java", System.getProperty("java.vm.version"));
        all.put("quick", quick);
        List<Map<String, Object>> results = new ArrayList<>();
        for (Measurement one : measurements) {
            results.add(result(one));
        }
        all.put("results", results);
        all.put("bars", Bar.all(new BenchmarkTable(measurements)));
        Gson gson = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping()
                .create();
        Files.writeString(file, gson.toJson(all) + "\n");
    }

    private static Map<String, Object> result(Measurement one) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("case", one.done().title());
        result.put("by", one.done().who());
        result.put("parameters", one.done().parameters());
        result.put("microseconds", one.micros());
        result.put("median", one.median());
        result.put("rate", one.rate());
        result.put("unit", one.done().unit().rate());
        result.put("inTurn", one.done().others().stream().map(other -> inTurn(one, other)).toList());
        return result;
    }

    /** How many times as long another case took in turn with this one. */
    private static Map<String, Object> inTurn(Measurement one, BenchmarkCase other) {
        return Map.of("case", other.title(), "by", other.who(), "ratio", one.inTurn().get(other));
    }
}
