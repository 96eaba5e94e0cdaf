package lathe.testkit.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;

import lathe.spi.StageParameters;

/**
 * The parameters of a case.
 *
 * @param golden the case
 */
record GivenParameters(GoldenCase golden) implements StageParameters {
    @Override
    public boolean has(String name) {
        return golden.parameters().hasPath(name);
    }

    @Override
    public int whole(String name) {
        return golden.parameters().getInt(name);
    }

    @Override
    public double number(String name) {
        return golden.parameters().getDouble(name);
    }

    @Override
    public String word(String name) {
        return golden.parameters().getString(name);
    }

    @Override
    public List<Integer> wholes(String name) {
        return golden.parameters().getIntList(name);
    }

    @Override
    public List<List<Object>> rows(String name) {
        List<List<Object>> rows = new ArrayList<>();
        for (ConfigValue row : golden.parameters().getList(name)) {
            rows.add(((ConfigList) row).stream().map(ConfigValue::unwrapped).toList());
        }
        return rows;
    }

    @Override
    public List<Integer> shape(String result) {
        return golden.expectation(result)
                .map(all -> Arrays.stream(all.values().shape()).boxed().toList()).orElse(List.of());
    }
}
