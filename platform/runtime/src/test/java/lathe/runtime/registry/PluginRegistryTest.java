package lathe.runtime.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

import lathe.spi.Kind;
import lathe.spi.LatheException;
import lathe.spi.Method;
import lathe.spi.Plugin;

class PluginRegistryTest {
    private final PluginRegistry registry = new PluginRegistry();

    /** A configuration without parameters. */
    record NoParameters() {}

    private static Method<?> pruner(String id) {
        return Method.pruner(id, NoParameters.class, config -> null);
    }

    private static PluginSource source(String bundle, String version, Plugin... plugins) {
        return new PluginSource(bundle, version, "active", bundle + ".jar", version, null, List.of(plugins));
    }

    @Test
    void listsTheMethodsOfEveryBundleInTheOrderOfTheirIds() {
        registry.add(source("one", "1.0.0", () -> List.of(pruner("wanda"), pruner("magnitude"))));
        registry.add(source("two", "1.0.0", () -> List.of(pruner("obert"))));

        assertThat(registry.view().methods()).extracting(InstalledMethod::id).containsExactly("magnitude", "obert",
                "wanda");
    }

    @Test
    void keepsABrokenPluginOutOfTheWayOfTheOthers() {
        registry.add(source("good", "1.0.0", () -> List.of(pruner("wanda"))));
        PluginSource broken = registry.add(source("bad", "1.0.0", () -> {
            throw new IllegalStateException("no disk");
        }));

        assertThat(broken.usable()).isFalse();
        assertThat(broken.problem()).contains("IllegalStateException", "no disk");
        assertThat(registry.view().methods()).extracting(InstalledMethod::id).containsExactly("wanda");
        assertThat(registry.view().sources()).hasSize(2);
    }

    @Test
    void doesNotWaitForAPluginThatNeverListsItsMethods() {
        CountDownLatch never = new CountDownLatch(1);
        PluginSource looping = registry.add(source("loop", "1.0.0", () -> {
            try {
                never.await();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
            return List.of();
        }));
        never.countDown();

        assertThat(looping.problem()).contains("did not list its methods");
    }

    @Test
    void callsABundleBrokenThatListsNullOrTheSameIdTwice() {
        PluginSource nothing = registry.add(source("null", "1.0.0", () -> null));
        PluginSource twice = registry.add(source("twice", "1.0.0", () -> List.of(pruner("a"), pruner("a"))));

        assertThat(nothing.problem()).contains("methods() is null");
        assertThat(twice.problem()).contains("the method a twice");
    }

    @Test
    void choosesTheHigherVersionWhenTwoBundlesOfferTheSameMethod() {
        registry.add(source("acme", "1.10.0", () -> List.of(pruner("wanda"))));
        registry.add(source("lathe", "1.9.0", () -> List.of(pruner("wanda"))));

        PluginView view = registry.view();
        assertThat(view.require("wanda").source().bundle()).isEqualTo("acme");
        assertThat(view.candidates("wanda")).hasSize(2);
        assertThat(view.find("wanda", "lathe")).map(entry -> entry.source().version()).contains("1.9.0");
        assertThat(view.find("wanda", "lathe@1.9.0")).isPresent();
        assertThat(view.find("wanda", "lathe@1.8.0")).isEmpty();
    }

    @Test
    void choosesTheFirstNameAmongEqualVersionsInWhateverOrderTheyCame() {
        registry.add(source("b", "1.0.0", () -> List.of(pruner("wanda"))));
        registry.add(source("a", "1.0.0", () -> List.of(pruner("wanda"))));

        assertThat(registry.view().require("wanda").source().bundle()).isEqualTo("a");
    }

    private static BundleChoice choice(String hocon) {
        return BundleChoice.of(ConfigFactory.parseString(hocon).root());
    }

    private String chosen(String hocon) {
        PluginSource source = registry.view().find("wanda", Kind.PRUNER, choice(hocon)).orElseThrow().source();
        return source.bundle() + " " + source.version();
    }

    @Test
    void takesTheBundleAndTheVersionThatTheConfigurationAsksFor() {
        registry.add(source("com.acme.wanda", "1.0.0", () -> List.of(pruner("wanda"))));
        registry.add(source("com.acme.wanda", "1.4.2", () -> List.of(pruner("wanda"))));
        registry.add(source("com.acme.wanda", "2.0.0", () -> List.of(pruner("wanda"))));
        registry.add(source("lathe-wanda", "3.1.0.SNAPSHOT", () -> List.of(pruner("wanda"))));

        assertThat(chosen("")).isEqualTo("lathe-wanda 3.1.0.SNAPSHOT");
        assertThat(chosen("bundle = com.acme.wanda")).isEqualTo("com.acme.wanda 2.0.0");
        assertThat(chosen("bundle = com.acme.wanda, version = \"[1.0,2)\"")).isEqualTo("com.acme.wanda 1.4.2");
        assertThat(chosen("version = \"[1,1.4.2)\"")).isEqualTo("com.acme.wanda 1.0.0");
        assertThat(chosen("version = \"(1.0.0,1.4.2]\"")).isEqualTo("com.acme.wanda 1.4.2");
        assertThat(chosen("version = 1.0")).isEqualTo("com.acme.wanda 1.0.0");
        assertThat(chosen("version = 3.1.0-SNAPSHOT")).isEqualTo("lathe-wanda 3.1.0.SNAPSHOT");
    }

    @Test
    void saysWhoBringsAMethodThatTheWantedBundleDoesNot() {
        registry.add(source("com.acme.wanda", "1.0.0", () -> List.of(pruner("wanda"))));

        assertThatThrownBy(() -> chosen("bundle = com.acme.wnada")).isInstanceOf(LatheException.class).hasMessage(
                "The method 'wanda' is not in the bundle 'com.acme.wnada'. Did you mean com.acme.wanda?"
                        + " It comes with com.acme.wanda 1.0.0.");
        assertThatThrownBy(() -> chosen("version = \"[1.1,2)\"")).hasMessage(
                "The method 'wanda' is not in a bundle of version [1.1,2). It comes with com.acme.wanda 1.0.0.");
        assertThatThrownBy(() -> chosen("version = \"[1.1,\""))
                .hasMessageContaining("version must be a version such as");
        assertThatThrownBy(() -> chosen("bundle { name = x }"))
                .hasMessageContaining("bundle must be the name of a bundle");
        assertThatThrownBy(() -> chosen("version = [1, 2]")).hasMessageContaining("in quotes");
    }

    @Test
    void namesTheNearestMethodsForAnUnknownOne() {
        registry.add(source("one", "1.0.0", () -> List.of(pruner("wanda"), pruner("magnitude"))));

        assertThatThrownBy(() -> registry.view().require("wnada"))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("no method 'wnada'")
                .hasMessageContaining("Did you mean wanda?")
                .hasMessageContaining("lathe-wnada");
    }

    @Test
    void saysThatTheBundleOfAMissingMethodIsBroken() {
        registry.add(PluginSource.broken("lathe-wanda", "1.0.0", "w.jar", "", "It imports what nobody exports."));

        assertThatThrownBy(() -> registry.view().require("wanda"))
                .hasMessageContaining("lathe-wanda is broken: It imports what nobody exports.");
    }

    @Test
    void keepsARemovedBundleForTheLeasesThatHoldIt() {
        AtomicInteger unloaded = new AtomicInteger();
        PluginSource source = registry.add(source("one", "1.0.0", () -> List.of(pruner("wanda"))));
        PluginLease first = registry.lease();
        PluginLease second = registry.lease();

        registry.remove(source, unloaded::incrementAndGet);

        assertThat(registry.view().find("wanda")).isEmpty();
        assertThat(first.view().find("wanda")).isPresent();
        first.close();
        first.close();
        assertThat(unloaded).hasValue(0);
        second.close();
        assertThat(unloaded).hasValue(1);
        assertThatThrownBy(second::view).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void unloadsAtOnceWhatNobodyLeases() {
        AtomicInteger unloaded = new AtomicInteger();
        PluginSource source = registry.add(source("one", "1.0.0", () -> List.of(pruner("wanda"))));

        registry.remove(source, unloaded::incrementAndGet);
        registry.remove(source, unloaded::incrementAndGet);

        assertThat(unloaded).hasValue(1);
    }

    @Test
    void showsALaterLeaseTheNewBundleAndAnEarlierOneTheOld() {
        PluginSource old = registry.add(source("one", "1.0.0", () -> List.of(pruner("wanda"))));
        try (PluginLease before = registry.lease()) {
            registry.add(source("one", "2.0.0", () -> List.of(pruner("wanda"))));
            registry.remove(old, () -> {});
            try (PluginLease after = registry.lease()) {
                assertThat(before.view().require("wanda").source().version()).isEqualTo("1.0.0");
                assertThat(after.view().require("wanda").source().version()).isEqualTo("2.0.0");
            }
        }
    }
}
