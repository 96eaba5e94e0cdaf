package lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import lathe.models.transformer.ServingPlan;
import lathe.serve.chat.ChatTemplate;
import lathe.spi.LatheException;

/** Conversations: what the template makes of them is continued as a text is. */
class ChatTest {
    private static final String TEMPLATE = "{{ bos_token }}{% for m in messages %}{% if m.role == 'tool' %}"
            + "{{ raise_exception('Tools are not known') }}{% endif %}{{ m.role }}: {{ m.content | trim }}\n{% endfor %}"
            + "{% if add_generation_prompt %}{{ 'assistant: ' + (mood or '') }}{% endif %}";
    private static final String MESSAGES = "\"messages\":[{\"role\":\"system\",\"content\":\" Be brief. \"},"
            + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Who\"},{\"type\":\"text\",\"text\":\"are you?\"}]}]";
    private static final String PROMPT = "<s>system: Be brief.\nuser: Who\nare you?\nassistant: ";

    private static TestModel model;
    private static LatheServer server;
    private static Client client;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        assumeThat(TestModel.isThere()).as("experiments/models/lathe-tiny is there").isTrue();
        JsonObject config = new JsonObject();
        config.addProperty("chat_template", TEMPLATE);
        config.addProperty("bos_token", "<s>");
        Files.writeString(folder.resolve("tokenizer_config.json"), config.toString());
        model = new TestModel();
        server = LatheServer.start(model.served(ServingPlan.PLAIN, ChatTemplate.of(folder)), ServerOptions.local(),
                line -> {});
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
            model.close();
        }
    }

    private static String request(String more) {
        return "{" + MESSAGES + ",\"max_tokens\":12,\"temperature\":0" + more + "}";
    }

    private static String continued(String prompt) {
        String ids = java.util.Arrays.toString(model.tokenizer().encodePlain(prompt));
        return client.choice("{\"prompt\":" + ids + ",\"max_tokens\":12,\"temperature\":0}").get("text").getAsString();
    }

    @Test
    void answersWhatTheTemplateMakesOfTheConversation() {
        HttpResponse<String> response = client.post("/v1/chat/completions",
                request(",\"logprobs\":true,\"top_logprobs\":2"));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonObject answer = Client.json(response);
        JsonObject choice = answer.getAsJsonArray("choices").get(0).getAsJsonObject();
        assertThat(answer.get("object").getAsString()).isEqualTo("chat.completion");
        assertThat(choice.getAsJsonObject("message").get("role").getAsString()).isEqualTo("assistant");
        assertThat(choice.getAsJsonObject("message").get("content").getAsString()).isEqualTo(continued(PROMPT));
        assertThat(answer.getAsJsonObject("usage").get("prompt_tokens").getAsInt())
                .isEqualTo(model.tokenizer().encodePlain(PROMPT).length);
        JsonArray scores = choice.getAsJsonObject("logprobs").getAsJsonArray("content");
        assertThat(scores).hasSize(12).allSatisfy(one -> {
            JsonObject token = one.getAsJsonObject();
            assertThat(token.keySet()).containsExactly("token", "logprob", "bytes", "top_logprobs");
            JsonArray top = token.getAsJsonArray("top_logprobs");
            assertThat(top).hasSize(2);
            // Greedy: the first alternative is the token itself.
            assertThat(top.get(0).getAsJsonObject().get("logprob")).isEqualTo(token.get("logprob"));
        });
    }

    @Test
    void streamsTheRoleThenTheText() {
        List<String> events = client.events("/v1/chat/completions", request(",\"stream\":true"));
        assertThat(events.getLast()).isEqualTo("[DONE]");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < events.size() - 1; i++) {
            JsonObject chunk = JsonParser.parseString(events.get(i)).getAsJsonObject();
            assertThat(chunk.get("object").getAsString()).isEqualTo("chat.completion.chunk");
            JsonObject delta = chunk.getAsJsonArray("choices").get(0).getAsJsonObject().getAsJsonObject("delta");
            assertThat(delta.has("role")).isEqualTo(i == 0);
            text.append(delta.has("content") ? delta.get("content").getAsString() : "");
        }
        assertThat(text.toString()).isEqualTo(continued(PROMPT));
    }

    @Test
    void givesTheTemplateMoreVariablesAndItsRefusalsToTheClient() {
        JsonObject answer = Client.json(client.post("/v1/chat/completions",
                request(",\"chat_template_kwargs\":{\"mood\":\"Well\"}")));
        assertThat(answer.getAsJsonArray("choices").get(0).getAsJsonObject().getAsJsonObject("message").get("content")
                .getAsString()).isEqualTo(continued(PROMPT + "Well"));
        HttpResponse<String> refused = client.post("/v1/chat/completions",
                "{\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("refuses this conversation: Tools are not known");
        for (String wrong : List.of("{\"messages\":[]}", "{\"messages\":[{}]}", "{\"messages\":\"Hi\"}", "{}",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}",
                "{" + MESSAGES + ",\"tools\":[{\"type\":\"function\"}]}", "{" + MESSAGES + ",\"top_logprobs\":2}")) {
            assertThat(client.post("/v1/chat/completions", wrong).statusCode()).as(wrong).isEqualTo(400);
        }
    }

    @Test
    void findsTheTemplateWhereverAModelHasIt(@TempDir Path folder) throws IOException {
        assertThat(ChatTemplate.of(folder)).isEmpty();
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\":{\"content\":\"</e>\"},"
                + "\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"t\"},{\"name\":\"default\","
                + "\"template\":\"{{ eos_token }}d\"}]}");
        assertThat(ChatTemplate.of(folder).orElseThrow().render(List.of(), true, Map.of()))
                .isEqualTo("</e>d");
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ eos_token }}file\n");
        assertThat(ChatTemplate.of(folder).orElseThrow().render(List.of(), true, Map.of()))
                .isEqualTo("</e>file");
    }

    @Test
    void aTemplateThatCannotBeReadStopsConversationsAlone(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ bos_token }}\n\n{% include 'other' %}");
        List<String> log = new CopyOnWriteArrayList<>();
        try (LatheServer other = LatheServer.start(model.served(ServingPlan.PLAIN, ChatTemplate.of(folder)),
                ServerOptions.local(), log::add)) {
            assertThat(log).singleElement().asString().contains("chat_template.jinja", "line 3", "'include'");
            Client guest = new Client(other);
            HttpResponse<String> refused = guest.post("/v1/chat/completions", "{" + MESSAGES + "}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("chat_template.jinja", "line 3", "/v1/completions");
            assertThat(guest.completion("{\"prompt\":\"a\",\"max_tokens\":1}").getAsJsonArray("choices")).hasSize(1);
        }
    }

    @Test
    void saysWhyATemplateCannotBeUsedAndWhere(@TempDir Path folder) throws IOException {
        assertProblem(folder, "{\"chat_template\":\"a\\n{% if %}\"}", "tokenizer_config.json", "line 2");
        assertProblem(folder, "{\"chat_template\":[{\"name\":\"rag\",\"template\":\"r\"},{\"name\":\"tool_use\","
                + "\"template\":\"t\"}]}", "(rag, tool_use)", "'default'");
        assertProblem(folder, "{", "tokenizer_config.json");
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {'a', (byte) 0xFF});
        assertProblem(folder, "{}", "chat_template.jinja", "UTF-8");
    }

    private static void assertProblem(Path folder, String config, String... parts) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        ChatTemplate template = ChatTemplate.of(folder).orElseThrow();
        assertThat(template.problem().orElseThrow()).contains(parts).endsWith(".");
        assertThatThrownBy(() -> template.render(List.of(), true, Map.of()))
                .isInstanceOf(LatheException.class).hasMessageContainingAll(parts);
    }
}
